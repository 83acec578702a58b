namespace SuperD.Tests.Support;

/// <summary>How a program ended, and all it wrote.</summary>
/// <param name="ExitCode">128 and the signal's number when a signal ended it.</param>
internal sealed record ProgramResult(int ExitCode, string StandardOutput, string StandardError);
