namespace SuperD.Cli;

/// <summary>Talking to superd's console has failed. The message is for the user; <see cref="ConsoleOptions"/> prints it.</summary>
/// <param name="exitCode">The command's exit code: an <see cref="Cli.ExitCode"/>.</param>
internal sealed class ConsoleFailure(string message, int exitCode) : Exception(message)
{
    /// <summary>The command's exit code.</summary>
    public int ExitCode => exitCode;
}
