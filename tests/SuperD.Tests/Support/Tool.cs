namespace SuperD.Tests.Support;

/// <summary>A program of the machine that runs to its end as a step of a test, with the test's own environment.</summary>
internal static class Tool
{
    /// <summary>Runs it and returns its stdout without the final newline; fails the test with its output if it does not succeed.</summary>
    public static string Run(string program, params string[] arguments) => new PreparedTool(program).Run("/", arguments);

    public static bool Succeeds(string program, params string[] arguments) => RunningProgram.RunToEnd(program, arguments).ExitCode == 0;
}
