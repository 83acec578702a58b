using NUnit.Framework;
using SuperD.Cli;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Console;

/// <summary><c>superd status</c> outside a directory with a configuration.</summary>
public sealed class RunningServerTests
{
    private const string Hello = "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n";

    private static readonly DaemonOptions s_usualPlace = new() { Control = "" };

    [Test]
    public void Several_that_run_are_listed_with_the_command_for_each()
    {
        Assume.That("/etc/superd/superd.toml", Does.Not.Exist);
        using Daemon one = Daemon.Start(s_usualPlace, ("one", Hello)), two = Daemon.Start(s_usualPlace, ("two", Hello));
        using var elsewhere = new TempDir();

        ProgramResult result = SuperdProgram.Run(elsewhere.Path, "status");

        string[] lines = result.StandardError.Split('\n');
        Assert.That((result.ExitCode, result.StandardOutput), Is.EqualTo((ExitCode.Usage, "")));
        Assert.That(lines[0], Does.Match("^superd: [0-9]+ superd run; choose one of them:$"));
        foreach (Daemon daemon in (Daemon[])[one, two])
        {
            string end = $"# pid {daemon.Pid}, {daemon.Directory["superd.toml"]}";
            string[] pasted = lines.Single(line => line.EndsWith(end, StringComparison.Ordinal))[..^end.Length].Trim().Split(' ');
            Assert.That(pasted[0], Is.EqualTo("superd"));
            Assert.That(SuperdProgram.Run(elsewhere.Path, pasted[1..]).StandardOutput, Does.Contain($", pid {daemon.Pid}, serving,"));
        }
    }

    [Test]
    public void The_only_one_that_runs_is_asked_but_not_ordered_about()
    {
        Needs.Root();
        Needs.Program("unshare");
        using var directory = new TempDir();
        directory.Write("superd.toml", "");
        directory.Write("services.d/one.toml", Hello);
        directory.MakeDirectory("elsewhere");

        // In namespaces with a /proc and a /run of their own nobody else's superd is found.
        const string script = """
            mount -t tmpfs none /run && cd "$1" && { "$0" run 2>log & }
            cd elsewhere
            until "$0" status >/dev/null 2>&1; do sleep 0.05; done
            "$0" status; "$0" ps; "$0" reload; echo "exit $?" >&2
            kill $!; wait
            """;
        ProgramResult result = RunningProgram.RunToEnd(
            "unshare",
            ["--mount", "--pid", "--fork", "--mount-proc", "sh", "-c", script, SuperdProgram.Path, directory.Path],
            environment: [new("XDG_RUNTIME_DIR", null)]);

        Assert.That(result.StandardOutput, Does.Contain("serving,").And.Contain("SERVICE").And.Contain("PEER"));
        Assert.That(result.StandardError, Does.StartWith("superd: there is no configuration: ").And.EndWith("exit 78\n"));
    }

    [Test]
    public void One_whose_socket_is_elsewhere_is_found_too_and_the_commands_keep_their_arguments()
    {
        Assume.That("/etc/superd/superd.toml", Does.Not.Exist);
        using Daemon usual = Daemon.Start(s_usualPlace, ("one", Hello)), other = Daemon.Start(("two", Hello));
        using var elsewhere = new TempDir();

        ProgramResult why = SuperdProgram.Run(elsewhere.Path, "why", "127.0.0.1", "two");
        ProgramResult tail = SuperdProgram.Run(elsewhere.Path, "tail", "-n", "1", "two");

        string socket = other.Directory["control.sock"], end = $"  # pid {other.Pid}, {other.Directory["superd.toml"]}";
        Assert.That((why.ExitCode, why.StandardOutput), Is.EqualTo((ExitCode.Usage, "")), why.StandardError);
        Assert.That(why.StandardError.Split('\n'), Does.Contain($"  superd why --socket {socket} 127.0.0.1 two{end}"));
        Assert.That(tail.StandardError.Split('\n'), Does.Contain($"  superd tail --socket {socket} -n 1 two{end}"));
        Assert.That(
            SuperdProgram.Run(elsewhere.Path, "why", "--socket", socket, "127.0.0.1", "two").StandardOutput,
            Does.EndWith("127.0.0.1 would be admitted to two\n"));
    }

    [Test]
    public void A_socket_that_nobody_serves_or_that_is_no_superd_is_passed_over()
    {
        using Daemon daemon = Daemon.Start(("one", Hello)); // its console is in its own directory
        using (var stale = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified))
        {
            stale.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(daemon.Directory["a.sock"]));
        }

        daemon.Directory.Write("b.sock", "no socket at all");

        Assert.That(
            RunningServers.Find([daemon.Directory["nothing"], daemon.Directory.Path]),
            Is.EqualTo(new[] { new RunningServer(daemon.Directory["control.sock"], daemon.Pid, daemon.Directory["superd.toml"]) }));
    }
}
