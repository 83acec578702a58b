using System.CommandLine;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Tests.Support;
using Command = System.CommandLine.Command;

namespace SuperD.Tests.Scenarios.Console;

/// <summary>A command whose output cannot be written says so in one line and exits with 74, whichever command it is.</summary>
public sealed class OutputFailureTests
{
    /// <summary>What each command needs to have something to say; $PORT is a service's port. Without a line: nothing.</summary>
    private static readonly Dictionary<string, string> s_arguments = new()
    {
        ["init"] = "made", ["add"] = "made 9004 cat", ["connect"] = "127.0.0.1:$PORT", ["try"] = "hello", ["end"] = "--service hello",
        ["pause"] = "hello", ["resume"] = "hello", ["drain"] = "hello", ["reload"] = "--dry-run", ["why"] = "192.0.2.7 hello",
        ["tail"] = "-n 5", ["top"] = "-n 1", ["upgrade-check"] = $"--format {SuperD.Upgrading.Handover.CurrentFormat}",
        ["import xinetd"] = "x.conf", ["import inetd"] = "inetd.conf", ["import systemd"] = "./x.socket",
        ["remove-traces"] = "4000000000-4000000000",
    };

    /// <summary>
    /// Every command that writes to stdout: all but the daemon itself, its page, the imports that only say that they are none, and
    /// the names of connections, of which there are none.
    /// </summary>
    private static IEnumerable<string> Commands => Tree(CommandLine.BuildTree(onlyRun: false))
        .Where(found => found.Command.Action is not null && found.Path is not ("" or RunCommand.Name or "web" or "complete connections"))
        .Where(found => !(found.Command.Hidden && found.Path.StartsWith("import ", StringComparison.Ordinal)))
        .Select(found => found.Path);

    [TestCaseSource(nameof(Commands))]
    public void It_is_one_line_and_exit_code_74(string command)
    {
        Needs.File("/dev/full");
        using Daemon daemon = Daemon.Start(("hello", "listen = '127.0.0.1:0'\n" + TomlText.OwnUser + TomlText.ExecShell("echo hello")));
        TempDir directory = daemon.Directory;
        directory.Write("x.conf", "service x\n{\nsocket_type = stream\nport = 9005\nserver = /bin/cat\nuser = root\n}\n");
        directory.Write("inetd.conf", "9005 stream tcp nowait root /bin/cat cat\n");
        directory.Write("x.socket", "[Socket]\nListenStream=9005\nAccept=yes\n");
        directory.Write("x@.service", "[Service]\nExecStart=/bin/cat\nStandardInput=socket\n");
        string line = $"{command} {s_arguments.GetValueOrDefault(command)}".Replace("$PORT", $"{daemon.Port("hello")}");

        Assert.That(Run("/dev/full"), Does.EndWith("superd: cannot write to stdout: No space left on device (errno 28)\nexit 74\n"));
        Assert.That(Run("&-"), Does.EndWith("superd: cannot write to stdout: it is closed\nexit 74\n"));

        // What a command says on stderr beside it stays: a report, a warning.
        string Run(string output)
        {
            File.Delete(directory["services.d/made.toml"]);
            Tool.Run("rm", "-rf", directory["made"]);
            string script = $"\"$0\" {line} >{output} </dev/null; echo \"exit $?\" >&2";
            string said = RunningProgram.RunToEnd("sh", ["-c", script, SuperdProgram.Path], directory.Path).StandardError;
            Assert.That(said, Does.Not.Contain("   at ").And.Not.Contain("unexpected").And.Not.Contain("lost the connection"), line);
            Assert.That(said.Split('\n'), Has.One.StartsWith("superd: cannot "), line);
            return said;
        }
    }

    [TestCase("status nope", ExitCode.Unavailable)]
    [TestCase("stauts", ExitCode.Usage)]
    [TestCase("check", ExitCode.Ok)]
    public void Standard_error_that_cannot_be_written_changes_no_exit_code(string command, int exitCode)
    {
        using Daemon daemon = Daemon.Start(("hello", "listen = '127.0.0.1:0'\n" + TomlText.OwnUser + TomlText.ExecShell("echo hello")));
        foreach (string output in (string[])["/dev/full", "&-"])
        {
            string script = $"\"$0\" {command} 2>{output}";
            ProgramResult result = RunningProgram.RunToEnd("sh", ["-c", script, SuperdProgram.Path], daemon.Directory.Path);
            Assert.That(result.ExitCode, Is.EqualTo(exitCode), output);
        }
    }

    [Test]
    public void What_is_written_to_a_file_goes_on_where_another_program_has_stopped()
    {
        using var directory = new TempDir();
        Tool.Run("sh", "-c", "cd \"$1\" && { echo before; \"$0\" --version; echo after; } > out", SuperdProgram.Path, directory.Path);

        Assert.That(File.ReadAllText(directory["out"]), Does.Match("^before\nsuperd [0-9.]+\nafter\n$"));
    }

    private static IEnumerable<(string Path, Command Command)> Tree(Command command, string path = "") =>
        command.Subcommands.SelectMany(child => Tree(child, $"{path} {child.Name}".Trim())).Prepend((path, command));
}
