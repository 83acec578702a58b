using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.ServiceManager;

/// <summary>
/// superd is killed. The service manager has kept its sockets and starts it again: no client is lost, and none is served twice.
/// </summary>
public sealed class KilledSuperdTests
{
    private const string Header = "PROXY TCP4 192.0.2.7 192.0.2.8 1234 80\r\n";

    private static readonly string s_who = TomlText.ExecShell("read -r line; echo served $line");

    private TempDir _directory = null!; // set before each test
    private int _port;

    [SetUp]
    public void Make_directory()
    {
        _directory = new TempDir();
        _port = FreePort.Find();
    }

    [TearDown]
    public void Remove_directory() => _directory.Dispose();

    private string Listen => $"listen = '127.0.0.1:{_port}'\n";

    [Test]
    public void Clients_that_wait_in_the_kernel_are_served_by_the_next()
    {
        using Daemon daemon = Start(("who", Listen + s_who));
        daemon.Freeze();
        Client[] clients = [.. Enumerable.Range(0, 20).Select(number => new Client(_port).Send($"{number}\n"))];

        daemon.KillAndAwaitNext();

        Assert.That(
            clients.Select(client => client.ReadToEnd()), Is.EqualTo(Enumerable.Range(0, 20).Select(number => $"served {number}\n")));
        Assert.That(daemon.WaitFor(line => line.Event == "recovered", "it says so").Number("listeners"), Is.EqualTo(1));
        Array.ForEach(clients, client => client.Dispose());
    }

    [Test]
    public void A_client_whose_proxy_header_is_on_the_way_is_served_by_the_next()
    {
        using Daemon daemon = Start(("who", Listen + "proxy_in = '127.0.0.1'\n" + s_who));
        int before = ProcFs.CountSockets(daemon.Pid);
        using Client client = new Client(_port).Send(Header[..10]);
        Patience.Until(() => ProcFs.CountSockets(daemon.Pid) > before, "superd has accepted it");

        daemon.KillAndAwaitNext();

        Assert.That(client.Send(Header[10..] + "late\n").ReadToEnd(), Is.EqualTo("served late\n"));
        Assert.That(daemon.WaitFor("accept", "who")["peer"], Is.EqualTo("192.0.2.7:1234"));
        Assert.That(daemon.WaitFor(line => line.Event == "recovered", "it says so").Number("clients"), Is.EqualTo(1));
    }

    [Test]
    public void A_client_whose_proxy_header_was_read_and_who_waits_for_a_place_is_served_by_the_next()
    {
        using Daemon daemon = Start(
            ("who", Listen + "proxy_in = '127.0.0.1'\ninstances = 1\nwhen_full = 'queue'\n"
                + TomlText.ExecShell("echo hello; read -r line; echo served $line")));
        int before = ProcFs.CountSockets(daemon.Pid);
        using Client first = new Client(_port).Send(Header[..10]), second = new Client(_port).Send(Header[..10]);
        Patience.Until(() => ProcFs.CountSockets(daemon.Pid) > before + 1, "superd has accepted both");
        Assert.That(first.Send(Header[10..]).ReadLine(), Is.EqualTo("hello"));
        second.Send(Header[10..]);
        _ = daemon.WaitFor(line => line.Event == "proxied", 2, "both headers are read");

        daemon.KillAndAwaitNext();

        Assert.That(second.Send("two\n").ReadToEnd(), Is.EqualTo("hello\nserved two\n"));
        Assert.That(first.Send("one\n").ReadToEnd(), Is.EqualTo("served one\n"));
        Assert.That(daemon.WaitFor("accept", "who")["peer"], Is.EqualTo("192.0.2.7:1234"));
    }

    [TestCase("")]
    [TestCase("proxy_in = '127.0.0.1'\n")]
    public void In_a_rush_of_clients_none_is_served_twice_and_hardly_one_lost(string keys)
    {
        const int kills = 10;
        string served = _directory["served"];
        string script = $"read -r line; echo $line >> {served}; echo served $line";
        using Daemon daemon = Start(("who", Listen + keys + TomlText.ExecShell(script)));
        using var over = new CancellationTokenSource();
        int last = 0;
        Task<string[]>[] rush =
        [
            .. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                var wrong = new List<string>();
                while (!over.IsCancellationRequested)
                {
                    string name = $"{Interlocked.Increment(ref last)}";
                    using Client client = new Client(_port).Send((keys.Length > 0 ? Header : "") + name + "\n");
                    if (client.TryReadLine() is var answer && answer != $"served {name}")
                    {
                        wrong.Add($"{name}: {answer}");
                    }
                }

                return wrong.ToArray();
            })),
        ];

        for (int i = 0; i < kills; i++)
        {
            int at = Volatile.Read(ref last);
            Patience.Until(() => Volatile.Read(ref last) > at + 20, "clients come");
            daemon.KillAndAwaitNext();
        }

        over.Cancel();
        Assert.That(Task.WhenAll(rush).Wait(Patience.Limit), Is.True);
        string[] lost = [.. rush.SelectMany(task => task.Result)];
        Assert.That(lost, Has.Length.AtMost(kills), "a kill can meet superd right after accept(2) or before clone(2), with one client");
        Assert.That(lost, Is.All.EndsWith(": "), "who got a byte got all");
        string[] names = File.ReadAllLines(served);
        Assert.That(names, Is.Unique);
        Assert.That(names, Has.Length.EqualTo(last - lost.Length));
    }

    [Test]
    public void A_client_outlives_superds_that_are_killed_while_they_start()
    {
        using Daemon daemon = Start(("who", Listen + "proxy_in = '127.0.0.1'\n" + s_who));
        int before = ProcFs.CountSockets(daemon.Pid);
        using Client client = new Client(_port).Send(Header[..10]);
        Patience.Until(() => ProcFs.CountSockets(daemon.Pid) > before, "superd has accepted it");

        for (int delayMs = 0; delayMs < 60; delayMs += 3)
        {
            daemon.KillAndAwaitStart();
            Thread.Sleep(delayMs); // wherever in its start this meets it
        }

        daemon.KillAndAwaitNext();
        Assert.That(client.Send(Header[10..] + "late\n").ReadToEnd(), Is.EqualTo("served late\n"));
    }

    [Test]
    public void A_handler_that_says_nothing_and_kills_superd_runs_once()
    {
        string runs = _directory["runs"];
        using Daemon daemon = Start(("who", Listen + TomlText.ExecShell($"echo run >> {runs}; kill -KILL $PPID")));
        for (int i = 1; i <= 5; i++)
        {
            using var client = new Client(_port);
            _ = daemon.WaitFor(line => line.Event == "ready", i + 1, "superd is ready again");
        }

        ProcFs.WaitUntilAtRest((int)daemon.Log.Last(line => line.Event == "start").Number("pid"));
        Assert.That(File.ReadAllLines(runs), Has.Length.EqualTo(5));
    }

    [Test]
    public void Descriptors_that_are_passed_twice_count_once()
    {
        using Daemon daemon = Start(times: 2, ("who", Listen + s_who), ("asked", $"listen = '127.0.0.1:{FreePort.Find()}'\n" + s_who));
        daemon.Freeze();
        using Client first = new Client(_port).Send("one\n");

        daemon.KillAndAwaitNext();

        using Client second = new Client(_port).Send("two\n");
        Assert.That(first.ReadToEnd() + second.ReadToEnd(), Is.EqualTo("served one\nserved two\n"));
        Assert.That(daemon.WaitFor(line => line.Event == "recovered", "it says so").Number("listeners"), Is.EqualTo(2));
    }

    [Test]
    public void A_running_handler_goes_on_and_is_not_started_again()
    {
        using Daemon daemon = Start(("who", Listen + TomlText.ExecShell("echo hello; read -r line; echo served $line")));
        using var client = new Client(_port);
        Assert.That(client.ReadLine(), Is.EqualTo("hello"));

        daemon.KillAndAwaitNext();

        Assert.That(client.Send("me\n").ReadToEnd(), Is.EqualTo("served me\n"));
    }

    [Test]
    public void An_address_that_is_served_no_more_refuses_clients()
    {
        using Daemon daemon = Start(("who", Listen + s_who), ("other", "listen = '127.0.0.1:0'\n" + s_who));
        daemon.Directory.Write("services.d/who.toml", $"listen = '127.0.0.1:{FreePort.Find()}'\n" + s_who);

        daemon.KillAndAwaitNext();

        Patience.Until(() => Client.IsRefused(_port), "the kernel refuses");
        daemon.Directory.Write("services.d/who.toml", Listen + s_who);
        daemon.Reload();
        using Client client = new Client(_port).Send("again\n");
        Assert.That(client.ReadToEnd(), Is.EqualTo("served again\n"), "nothing is left of it at the manager");

        daemon.Directory.Write("services.d/who.toml", "enabled = false\n" + Listen + s_who);
        daemon.Reload();
        Assert.That(Client.IsRefused(_port), Is.True);
        daemon.KillAndAwaitNext();
        Assert.That(Client.IsRefused(_port), Is.True);
    }

    [Test]
    public void A_drained_superd_that_is_killed_begins_anew()
    {
        using Daemon daemon = Start(("who", Listen + s_who));
        ConsoleSocket.Ask(daemon, """{"command":"drain","service":"who"}""");
        Patience.Until(() => Client.IsRefused(_port), "it has stopped listening");

        daemon.KillAndAwaitNext();

        using Client client = new Client(_port).Send("me\n");
        Assert.That(client.ReadToEnd(), Is.EqualTo("served me\n"));
    }

    [Test]
    public void After_an_upgrade_and_a_reload_the_sockets_are_kept_still()
    {
        int port = FreePort.Find();
        using Daemon daemon = Start(("who", Listen + s_who));
        daemon.Upgrade();
        daemon.Directory.Write("services.d/late.toml", $"listen = '127.0.0.1:{port}'\n" + s_who);
        daemon.Reload();
        daemon.Freeze();
        using Client first = new Client(_port).Send("one\n"), second = new Client(port).Send("two\n");

        daemon.KillAndAwaitNext();

        Assert.That(first.ReadToEnd() + second.ReadToEnd(), Is.EqualTo("served one\nserved two\n"));
        daemon.Upgrade();
        daemon.KillAndAwaitNext();
        using Client third = new Client(_port).Send("three\n");
        Assert.That(third.ReadToEnd(), Is.EqualTo("served three\n"));
    }

    [Test]
    public void More_addresses_than_fit_into_one_message_are_kept()
    {
        const int count = 300;
        int[] ports = [.. Enumerable.Range(0, count).Select(_ => FreePort.Find())];
        string addresses = string.Join(", ", ports.Select(port => $"'127.0.0.1:{port}'"));
        using Daemon daemon = Start(("many", $"listen = [{addresses}]\n" + s_who));
        daemon.Freeze();
        using Client first = new Client(ports[0]).Send("first\n"), last = new Client(ports[^1]).Send("last\n");

        daemon.KillAndAwaitNext();

        Assert.That(first.ReadToEnd() + last.ReadToEnd(), Is.EqualTo("served first\nserved last\n"));
        Assert.That(daemon.WaitFor(line => line.Event == "recovered", "it says so").Number("listeners"), Is.EqualTo(count));
    }

    [Test]
    public void A_superd_that_ends_refuses_clients_though_the_manager_has_its_sockets()
    {
        using Daemon daemon = Start(("who", Listen + s_who));
        using var client = new Client(_port);
        _ = daemon.AcceptOf(client);

        daemon.Signal(SuperD.Linux.Signal.SIGTERM);

        Patience.Until(() => Client.IsRefused(_port), "it has stopped listening");
        Assert.That(client.Send("last\n").ReadToEnd(), Is.EqualTo("served last\n"));
        Assert.That(daemon.WaitForExit(), Is.Zero);
    }

    private Daemon Start(params (string Name, string Toml)[] services) => Start(times: 1, services);

    private Daemon Start(int times, params (string Name, string Toml)[] services)
    {
        Needs.Program("python3");
        return Daemon.Start(
            new DaemonOptions { Wrapper = KeepingManager.At(_directory["manager"], times), Top = "shutdown_grace = '10s'" }, services);
    }
}
