using NUnit.Framework;
using SuperD.Cli;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Console;

/// <summary>The console's socket as a file: its owner, its permissions, and what superd does about a file in its place.</summary>
public sealed class ControlSocketTests
{
    private const UnixFileMode Mode0660 = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private const string Nobody = "65534";

    // Not the first one in PATH, which may be in a directory of the user who runs the tests.
    private const string Python = "/usr/bin/python3";

    private static readonly (string, string) s_talk = ("talk", "listen = '127.0.0.1:0'\n" + TomlText.ExecShell("echo hello"));

    [Test]
    public void The_socket_is_open_to_its_owner_and_group_only_and_goes_with_superd()
    {
        using Daemon daemon = Daemon.Start(s_talk);
        string path = daemon.Directory["control.sock"];

        Assert.That(File.GetUnixFileMode(path), Is.EqualTo(Mode0660));
        Assert.That(daemon.Stop(), Is.Zero);
        Assert.That(File.Exists(path), Is.False);
    }

    [Test]
    public void Owner_and_group_of_the_socket_are_as_configured()
    {
        Needs.Root();
        using Daemon daemon = Daemon.Start(new DaemonOptions { Control = "socket = 'control.sock'\nowner = 65534\ngroup = 12" }, s_talk);

        Assert.That(Tool.Run("stat", "-c", "%u %g %a", daemon.Directory["control.sock"]), Is.EqualTo("65534 12 660"));
    }

    [Test]
    public void The_file_a_killed_superd_left_is_replaced()
    {
        using var directory = new TempDir();
        string path = directory["left.sock"];
        using (
            var left = new System.Net.Sockets.Socket(
                System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified))
        {
            left.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(directory["other.sock"]));
            left.Listen(1);
            File.Move(directory["other.sock"], path); // so that closing the socket does not remove the file
        }

        using Daemon daemon = Daemon.Start(new DaemonOptions { Control = $"socket = '{path}'" }, s_talk);

        using var console = new ConsoleSocket(path);
        Assert.That(console.Ask("""{"command":"status"}""").GetProperty("ok").GetBoolean(), Is.True);
    }

    [Test]
    public void The_socket_of_a_living_superd_is_not_taken_from_it_and_had_when_it_is_gone()
    {
        using var directory = new TempDir();
        var options = new DaemonOptions { Control = $"socket = '{directory["shared.sock"]}'" };
        using Daemon first = Daemon.Start(options, s_talk);
        using Daemon second = Daemon.Start(options, s_talk);
        second.WaitFor(line => line.Event == "console_failed", "the second does without");
        using (var console = new ConsoleSocket(directory["shared.sock"]))
        {
            Assert.That(console.Ask("""{"command":"status"}""").GetProperty("server").GetProperty("pid").GetInt32(), Is.EqualTo(first.Pid));
        }

        first.Stop();
        second.WaitFor(line => line.Event == "console_open", "the second has it");
        using (var console = new ConsoleSocket(directory["shared.sock"]))
        {
            Assert.That(
                console.Ask("""{"command":"status"}""").GetProperty("server").GetProperty("pid").GetInt32(), Is.EqualTo(second.Pid));
        }
    }

    [Test]
    public void A_file_that_is_no_socket_stays_and_superd_serves_without_a_console()
    {
        using var directory = new TempDir();
        string path = directory.Write("control.sock", "mine");
        using Daemon daemon = Daemon.Start(new DaemonOptions { Control = $"socket = '{path}'" }, s_talk);

        LogLine failed = daemon.WaitFor(line => line.Event == "console_failed", "the console cannot be had");
        Assert.That(failed["error"], Does.Contain("a regular file of that name is there"));
        Assert.That(File.ReadAllText(path), Is.EqualTo("mine"));
        using Client client = daemon.Connect("talk");
        Assert.That(client.ReadLine(), Is.EqualTo("hello"));
        File.Delete(path);
        daemon.WaitFor(line => line.Event == "console_open", "the console can be had");
        Assert.That(daemon.Log.Count(line => line.Event == "console_failed"), Is.EqualTo(1), "it is not logged again at each attempt");
    }

    [Test]
    public void Without_a_configured_socket_the_commands_find_the_one_of_their_superd_toml()
    {
        using Daemon one = Daemon.Start(new DaemonOptions { Control = "" }, s_talk);
        using Daemon other = Daemon.Start(new DaemonOptions { Control = "" }, s_talk);

        foreach (Daemon daemon in (Daemon[])[one, other])
        {
            ProgramResult status = SuperdProgram.Run(daemon.Directory.Path, "status", "--json");
            Assert.That(status.StandardOutput, Does.Contain($"\"pid\": {daemon.Pid}"), status.StandardError);
        }
    }

    [Test]
    public void A_disabled_console_has_no_socket()
    {
        using Daemon daemon = Daemon.Start(new DaemonOptions { Control = "enabled = false\nsocket = 'control.sock'" }, s_talk);
        Assert.That(File.Exists(daemon.Directory["control.sock"]), Is.False);
    }

    [Test]
    public void Another_user_is_denied_even_where_the_file_lets_him_in()
    {
        Needs.Root();
        string setpriv = Needs.Program("setpriv");
        Needs.File(Python);
        using Daemon daemon = Daemon.Start(s_talk);
        string path = daemon.Directory["control.sock"];
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("666", 8));

        string reply = AskAs(setpriv, path, "--clear-groups");

        Assert.That(reply, Does.Contain("\"kind\":\"denied\""));
        Assert.That(daemon.WaitFor(line => line.Event == "console_denied", "it is logged")["uid"], Is.EqualTo(Nobody));
    }

    [Test]
    public void A_member_of_the_configured_group_may_ask()
    {
        Needs.Root();
        string setpriv = Needs.Program("setpriv");
        Needs.File(Python);
        using Daemon daemon = Daemon.Start(new DaemonOptions { Control = "socket = 'control.sock'\ngroup = 12" }, s_talk);

        string reply = AskAs(setpriv, daemon.Directory["control.sock"], "--groups=12");

        Assert.That(reply, Does.Contain("\"ok\":true"));
    }

    [Test]
    public void Where_nobody_answers_the_commands_say_so()
    {
        using var directory = new TempDir();
        ProgramResult result = SuperdProgram.Run("/", "status", "--socket", directory["no.sock"]);

        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Unavailable));
        Assert.That(
            result.StandardError,
            Does.StartWith($"superd: no superd answers at {directory["no.sock"]}: there is no such socket; is it running"));
    }

    private static string AskAs(string setpriv, string path, string groups)
    {
        const string Script = """
            import socket, sys
            s = socket.socket(socket.AF_UNIX)
            s.settimeout(30)
            s.connect(sys.argv[1])
            try:
                s.sendall(b'{"command":"status"}\n')
            except BrokenPipeError:
                pass
            print(s.makefile().readline())
            """;
        return Tool.Run(setpriv, $"--reuid={Nobody}", $"--regid={Nobody}", groups, Python, "-c", Script, path);
    }
}
