using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>A program of the machine, with an environment that the test chooses. Each run must succeed in time.</summary>
internal sealed class PreparedTool(string path)
{
    // A git clone or a compilation starts many programs, and some tests run twenty at once.
    private static readonly TimeSpan s_limit = 4 * Patience.Limit;

    /// <summary>Variables added to those of the test; null as a value removes one.</summary>
    public Dictionary<string, string?> Environment { get; init; } = [];

    /// <summary>Runs it in a directory; returns its stdout without the last newline.</summary>
    public string Run(string directory, params string[] arguments)
    {
        using RunningProgram program = Start(directory, arguments);
        return Finish(program);
    }

    public RunningProgram Start(string directory, params string[] arguments) => new(path, arguments, directory, Environment);

    /// <summary>Waits for the end of a started program; returns its stdout without the last newline.</summary>
    public static string Finish(RunningProgram program)
    {
        ProgramResult result = program.WaitForResult(s_limit);
        Assert.That(result.ExitCode, Is.Zero, $"{program.CommandLine}:\n{result.StandardError}");
        return result.StandardOutput.TrimEnd('\n');
    }
}
