namespace SuperD.Tests.Support;

/// <summary>A program's exit code and complete output.</summary>
/// <param name="ExitCode">128 plus the signal's number if a signal ended it.</param>
internal sealed record ProgramResult(int ExitCode, string StandardOutput, string StandardError);
