using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Starting;

/// <summary>An address that somebody else has: who that is, and when it is another superd with the same configuration.</summary>
public sealed class AddressInUseTests
{
    private const string Exec = "exec = '/bin/cat'\n";
    private const string Control = "socket = \"control.sock\"";

    private static readonly DaemonOptions s_options = new() { WaitsForReady = false };

    private TempDir _directory = null!;

    /// <summary>How the holder is named: the tests' own process has the address.</summary>
    private static string Own => $"pid {Environment.ProcessId} (";

    [SetUp]
    public void MakeDirectory() => _directory = new TempDir();

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [TestCase("127.0.0.1", "127.0.0.1:PORT")]
    [TestCase("0.0.0.0", "127.0.0.1:PORT")]
    [TestCase("127.0.0.1", "PORT")]
    [TestCase("::1", "[::1]:PORT")]
    public void The_program_that_has_a_TCP_port_is_named(string holder, string listen)
    {
        using var taken = new TcpListener(IPAddress.Parse(holder), 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        using Daemon daemon = Daemon.Start(s_options, ("han", $"listen = '{listen.Replace("PORT", $"{port}")}'\n" + Exec));

        Assert.That(
            daemon.WaitFor("bind_failed", "han")["error"],
            Does.StartWith($"Address already in use (errno 98): {Own}").And.EndWith(") has it"));
    }

    [Test]
    public void A_connection_that_has_the_port_is_found_although_nobody_listens()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(server.LocalEndpoint);
        int port = ((IPEndPoint)client.LocalEndPoint!).Port;
        using Daemon daemon = Daemon.Start(s_options, ("han", $"listen = '127.0.0.1:{port}'\n" + Exec));

        Assert.That(daemon.WaitFor("bind_failed", "han")["error"], Does.Contain(Own));
    }

    [Test]
    public void The_program_that_has_a_UDP_port_or_a_Unix_socket_is_named()
    {
        string path = _directory["x.sock"], name = $"@{Path.GetFileName(_directory.Path)}";
        using var datagrams = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using Socket file = ListenAt(path), @abstract = ListenAt("\0" + name[1..]);
        int port = ((IPEndPoint)datagrams.Client.LocalEndPoint!).Port;
        using Daemon daemon = Daemon.Start(
            s_options,
            ("dgram", $"listen = 'udp://127.0.0.1:{port}'\nwait = true\n" + Exec),
            ("file", $"listen = 'unix:{path}'\n" + Exec),
            ("abstract", $"listen = 'unix:{name}'\n" + Exec));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(daemon.WaitFor("bind_failed", "dgram")["error"], Does.StartWith($"Address already in use (errno 98): {Own}"));
            Assert.That(
                daemon.WaitFor("bind_failed", "file")["error"],
                Does.StartWith($"another process listens at {path}; end it, or choose another path: {Own}"));
            Assert.That(daemon.WaitFor("bind_failed", "abstract")["error"], Does.StartWith($"Address already in use (errno 98): {Own}"));
        }
    }

    [Test]
    public void What_the_user_may_not_see_is_another_user_s_program_with_the_way_to_find_it()
    {
        Needs.Root();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_111_111);
        string[] asUser = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"];
        using Daemon daemon = Daemon.Start(
            s_options with { Wrapper = asUser, Directory = _directory }, ("han", $"listen = '127.0.0.1:{port}'\n" + Exec));

        Assert.That(
            daemon.WaitFor("bind_failed", "han")["error"],
            Does.EndWith($": another user's program (uid 0) has it; to see it: sudo ss -ltnp sport = :{port}"));
    }

    [Test]
    public void A_reload_names_who_has_the_port_and_changes_nothing()
    {
        using Daemon daemon = Daemon.Start(("cat", "listen = '127.0.0.1:0'\n" + Exec));
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        daemon.Write("late", $"listen = '127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}'\n" + Exec);

        foreach (string options in (string[])["", ",\"dry_run\":true"])
        {
            JsonElement problem = Reloads.Errors(daemon.TryReload(options)).Single();
            Assert.That(
                problem.GetProperty("message").GetString(), Does.Contain($" cannot be bound: Address already in use (errno 98): {Own}"));
        }

        daemon.Remove("late");
        Assert.That(daemon.Reload(), Does.Contain("kept"));
        using Client client = daemon.Connect("cat");
        Assert.That(client.Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));
    }

    [Test]
    public void Check_notes_who_has_a_port_unless_it_is_superd_with_this_configuration()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int other = ((IPEndPoint)taken.LocalEndpoint).Port, own = FreePort.Find();
        using Daemon daemon = Daemon.Start(s_options, ("own", Listen(own)), ("other", Listen(other)));
        _ = daemon.WaitFor("listen", "own");

        ProgramResult result = SuperdProgram.Run(daemon.Directory.Path, "check");

        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.StandardOutput, Does.Contain($"services.d/other.toml: note: 127.0.0.1:{other} is in use now: {Own}"));
        Assert.That(result.StandardOutput, Does.Not.Contain($":{own}"));
        JsonElement use = JsonDocument.Parse(SuperdProgram.Run(daemon.Directory.Path, "check", "--json").StandardOutput)
            .RootElement.GetProperty("in_use")[0];
        Assert.That(use.GetProperty("pids")[0].GetInt32(), Is.EqualTo(Environment.ProcessId));
    }

    [TestCase("", TestName = "A_second_superd_with_the_same_configuration_is_not_started")]
    [TestCase("enabled = false", TestName = "A_second_superd_is_not_started_where_the_first_has_no_console")]
    public void A_second_superd_with_the_same_configuration_is_not_started(string control)
    {
        string path = _directory["x.sock"];
        foreach (string listen in (string[])[Listen(FreePort.Find()), $"listen = 'udp://127.0.0.1:{FreePort.Find()}'\nwait = true\n" + Exec,
            $"listen = 'unix:{path}'\n" + Exec])
        {
            var options = new DaemonOptions { Control = control is "" ? Control : control };
            using Daemon daemon = Daemon.Start(options, ("han", listen));
            _directory.MakeDirectory("sub");
            string file = daemon.Directory["superd.toml"], expected =
                $"superd: not started: superd pid {daemon.Pid} runs with this configuration; superd reload, or stop it first\n";

            ProgramResult here = SuperdProgram.Run(daemon.Directory.Path);
            ProgramResult named = SuperdProgram.Run(_directory["sub"], "run", "-c", Path.GetRelativePath(_directory["sub"], file));

            Assert.That((here.ExitCode, here.StandardError), Is.EqualTo((ExitCode.Temporary, expected)));
            Assert.That(
                (named.ExitCode, named.StandardError),
                Is.EqualTo((ExitCode.Temporary, expected.Replace("reload", $"reload -c {Path.GetRelativePath(_directory["sub"], file)}"))));
            Assert.That(daemon.Log.Select(line => line.Event), Has.None.EqualTo("console_denied"));
        }
    }

    [Test]
    public void A_second_superd_with_the_same_configuration_is_not_started_though_they_have_no_address_in_common()
    {
        var options = new DaemonOptions { Control = Control };
        using Daemon daemon = Daemon.Start(options, ("han", "listen = '127.0.0.1:0'\n" + Exec)); // each gets another port

        ProgramResult second = SuperdProgram.Run(daemon.Directory.Path);

        Assert.That(
            (second.ExitCode, second.StandardError),
            Is.EqualTo((
                ExitCode.Temporary,
                $"superd: not started: superd pid {daemon.Pid} runs with this configuration; superd reload, or stop it first\n")));
    }

    [Test]
    public void A_superd_of_another_user_does_not_keep_root_s_from_serving_the_rest()
    {
        Needs.Root();
        Needs.Program("setpriv");
        int[] ports = [FreePort.Find(), FreePort.Find()];
        string[] asNobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"];
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_101_101);
        var options = new DaemonOptions { Control = "enabled = false", Wrapper = asNobody, Directory = _directory };
        using Daemon others = Daemon.Start(options, ("han", Listen(ports[0])));
        _directory.Write("services.d/rest.toml", Listen(ports[1]));

        using PlainSuperd own = new(_directory.Path, "run");

        Assert.That(own.WaitFor("Address already in use"), Does.Contain($"pid {others.Pid} (superd"));
        using var client = new Client(ports[1]);
        Assert.That(client.Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));
        Assert.That(own.Stop(), Is.Zero);
    }

    [Test]
    public void A_superd_with_another_configuration_waits_for_the_port()
    {
        int port = FreePort.Find();
        using Daemon first = Daemon.Start(("han", Listen(port)));
        using Daemon second = Daemon.Start(s_options, ("han", Listen(port)));
        Assert.That(second.WaitFor("bind_failed", "han")["error"], Does.Contain($"pid {first.Pid} (superd"));
        first.Stop();

        _ = second.WaitFor(line => line.Event == "ready", "it has the port");
    }

    [Test]
    public void Of_two_that_start_at_once_one_runs()
    {
        int[] ports = [FreePort.Find(), FreePort.Find(), FreePort.Find()];
        _directory.Write("superd.toml", $"[control]\n{Control}\n");
        _directory.Write("services.d/a.toml", $"listen = ['127.0.0.1:{ports[0]}', '127.0.0.1:{ports[1]}']\n" + Exec);
        _directory.Write("services.d/b.toml", $"listen = 'udp://127.0.0.1:{ports[2]}'\nwait = true\n" + Exec);
        _directory.Write("services.d/c.toml", $"listen = 'unix:{_directory["c.sock"]}'\n" + Exec);
        using PlainSuperd one = new(_directory.Path, "run"), two = new(_directory.Path, "run");

        bool Says(PlainSuperd superd, string text) => superd.Lines.Any(line => line.Contains(text, StringComparison.Ordinal));
        PlainSuperd[] both = [one, two];
        Patience.Until(
            () => both.Count(superd => Says(superd, "not started: ")) == 1 && both.Count(superd => Says(superd, " ready ")) == 1,
            () => $"one runs and the other does not:\n{string.Join('\n', one.Lines)}\n--\n{string.Join('\n', two.Lines)}");

        (PlainSuperd runs, PlainSuperd stays) = Says(one, " ready ") ? (one, two) : (two, one);
        Assert.That(stays.WaitForExit(), Is.EqualTo(ExitCode.Temporary));
        Assert.That(stays.WaitFor("not started: "), Does.Contain($"superd pid {runs.Pid} runs with this configuration"));
        using var client = new Client(ports[1]);
        Assert.That(client.Send("x").EndSending().ReadToEnd(), Is.EqualTo("x"));
        Assert.That(File.Exists(_directory["c.sock"]), Is.True, "the other has not removed it");
        Assert.That(runs.Stop(), Is.Zero);
    }

    private static string Listen(int port) => $"listen = '127.0.0.1:{port}'\n" + Exec;

    private static Socket ListenAt(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(name));
        socket.Listen();
        return socket;
    }
}
