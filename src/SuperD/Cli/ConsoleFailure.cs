namespace SuperD.Cli;

/// <summary>The conversation with superd's console cannot go on. Its message is for the user; <see cref="ConsoleOptions"/> prints it.</summary>
/// <param name="exitCode">What the command ends with: an <see cref="Cli.ExitCode"/>.</param>
internal sealed class ConsoleFailure(string message, int exitCode) : Exception(message)
{
    public int ExitCode => exitCode;
}
