using Medallion.Shell;
using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>A program of the machine, run to its end as a step of a test.</summary>
internal static class Tool
{
    /// <summary>Runs it; fails the test with what it said when it does not succeed. Returns its stdout, without the final newline.</summary>
    public static string Run(string program, params string[] arguments)
    {
        CommandResult result = RunAnyway(program, arguments);
        Assert.That(result.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}: {result.StandardError}");
        return result.StandardOutput.TrimEnd('\n');
    }

    /// <summary>Whether it succeeds.</summary>
    public static bool Succeeds(string program, params string[] arguments) => RunAnyway(program, arguments).Success;

    private static CommandResult RunAnyway(string program, string[] arguments)
    {
        using Command command = Command.Run(program, arguments, options => options.Timeout(Patience.Limit));
        return command.Result;
    }
}
