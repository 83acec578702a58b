using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>A program of the machine, with the environment a test wants for it. Each run must end well, and in time.</summary>
internal sealed class PreparedTool(string path)
{
    // A clone or a compilation is many programs, and some tests have twenty at once.
    private static readonly TimeSpan s_limit = 4 * Patience.Limit;

    /// <summary>Variables added to those of the test; null as a value removes one.</summary>
    public Dictionary<string, string?> Environment { get; init; } = [];

    /// <summary>Runs it in a directory; what it wrote to stdout, without the last newline.</summary>
    public string Run(string directory, params string[] arguments)
    {
        using RunningProgram program = Start(directory, arguments);
        return Finish(program);
    }

    /// <summary>Starts it in a directory.</summary>
    public RunningProgram Start(string directory, params string[] arguments) => new(path, arguments, directory, Environment);

    /// <summary>Waits for the end of one that was started; what it wrote to stdout, without the last newline.</summary>
    public static string Finish(RunningProgram program)
    {
        ProgramResult result = program.WaitForResult(s_limit);
        Assert.That(result.ExitCode, Is.Zero, $"{program.CommandLine}:\n{result.StandardError}");
        return result.StandardOutput.TrimEnd('\n');
    }
}
