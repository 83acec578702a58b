namespace SuperD.Tests.Support;

/// <summary>A program of the machine, run to its end as a step of a test, with the test's own environment.</summary>
internal static class Tool
{
    /// <summary>
    /// Runs it; fails the test with what it said when it does not succeed. Returns its stdout, without the final newline.
    /// </summary>
    public static string Run(string program, params string[] arguments) => new PreparedTool(program).Run("/", arguments);

    /// <summary>Whether it succeeds.</summary>
    public static bool Succeeds(string program, params string[] arguments) => RunningProgram.RunToEnd(program, arguments).ExitCode == 0;
}
