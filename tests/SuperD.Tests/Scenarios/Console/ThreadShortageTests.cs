using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Console;

/// <summary>A command whose user may have no more threads.</summary>
public sealed class ThreadShortageTests
{
    private const int Most = 12;

    [Test]
    public void A_command_without_threads_asks_nobody_to_report_it()
    {
        Needs.Root();
        using OutsideDir directory = new();
        directory.Write("superd.toml", "");
        directory.Write("services.d/cat.toml", "listen = 0\nexec = '/bin/cat'\n");
        string[] outputs =
        [
            .. Enumerable.Range(1, Most).Select(threads =>
            {
                ProgramResult result = RunningProgram.RunToEnd(
                    "setpriv",
                    ["--reuid=45454", "--regid=45454", "--clear-groups", "prlimit", $"--nproc={threads}", SuperdProgram.Path, "try", "cat"],
                    directory.Path);
                return result.StandardError;
            }),
        ];
        Assert.That(outputs, Has.None.Contains("please report").And.None.Contains("TypeInitializationException"));
    }
}
