using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.ServiceManager;

/// <summary>Sockets that a service manager has bound and passed: which service gets them, and what happens to those without one.</summary>
public sealed class PassedSocketTests
{
    private const string Cat = "exec = '/bin/cat'\n";
    private const int O_CLOEXEC = 0x80000;

    [Test]
    public void A_socket_goes_to_the_service_that_listens_on_its_address()
    {
        int port = FreePort.Find();
        using Daemon daemon = Passing(
            [$"superd.socket=tcp4:127.0.0.1:{port}"], ("cat", $"listen = ['127.0.0.1:{port}', '127.0.0.1:0']\n{Cat}"));

        AssertServes(daemon, port);
        Assert.That(daemon.WaitFor("adopt", "cat")["address"], Is.EqualTo($"127.0.0.1:{port}"));
        LogLine[] listeners = daemon.WaitFor(line => line.Is("listen", "cat"), 2, "both addresses are listened on");
        AssertServes(daemon, PortOf(listeners[1]));
    }

    [TestCase("cat")]
    [TestCase("cat.socket")]
    public void A_socket_goes_to_the_service_it_is_named_after_which_then_listens_nowhere_else(string name)
    {
        int own = FreePort.Find();
        using Daemon daemon = Passing([$"{name}=tcp4:127.0.0.1:0"], ("cat", $"listen = '127.0.0.1:{own}'\n{Cat}"));

        AssertServes(daemon, daemon.Port("cat"));
        Assert.That(daemon.Port("cat"), Is.Not.EqualTo(own));
        Assert.That(() => new Client(own), Throws.InstanceOf<SocketException>());
    }

    [TestCase("cat=tcp4:127.0.0.1:0", "127.0.0.1:0")]
    [TestCase("superd.socket=tcp4:127.0.0.1:{0}", "127.0.0.1:{0}")]
    public void A_reload_keeps_a_passed_socket_whatever_else_changes(string socket, string listen)
    {
        int port = FreePort.Find();
        string toml = $"listen = '{string.Format(CultureInfo.InvariantCulture, listen, port)}'\n{Cat}";
        using Daemon daemon = Passing([string.Format(CultureInfo.InvariantCulture, socket, port)], ("cat", toml));
        string before = daemon.ListenerAt(daemon.Port("cat"));
        daemon.Write("cat", toml + "nodelay = true\nbacklog = 7\n");

        Assert.That(daemon.Reload(), Is.EqualTo("added 0, changed 1, removed 0, kept 0"));

        Assert.That(daemon.ListenerAt(daemon.Port("cat")), Is.EqualTo(before));
        AssertServes(daemon, daemon.Port("cat"));
    }

    [Test]
    public void A_name_weighs_more_than_an_address()
    {
        int port = FreePort.Find();
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Wrapper = SocketPasser.Passing($"named=tcp4:127.0.0.1:{port}"), WaitsForReady = false },
            ("addressed", $"listen = '127.0.0.1:{port}'\nexec = ['/bin/echo', 'addressed']\n"),
            ("named", "listen = '127.0.0.1:0'\nexec = ['/bin/echo', 'named']\n"));
        Assert.That(daemon.WaitFor(line => line.Event == "adopt", "it is adopted")["service"], Is.EqualTo("named"));

        using var client = new Client(port);
        Assert.That(client.ReadToEnd(), Is.EqualTo("named\n"));
    }

    [TestCase("superd-clients=file", "it is no end of a socket pair")]
    [TestCase("superd-clients=connection", "it takes two of this name")]
    [TestCase("superd-listeners=file", "it is no socket")]
    [TestCase("superd-listeners=udp4:127.0.0.1:0", "it is no TCP socket")]
    public void What_has_a_name_of_superds_own_and_is_something_else_is_named_and_closed(string passed, string why)
    {
        using Daemon daemon = Passing([passed], ("cat", "listen = '127.0.0.1:0'\n" + Cat));

        Assert.That(daemon.WaitFor(line => line.Event == "passed_unused", "it is of no use")["why"], Is.EqualTo(why));
        AssertServes(daemon, daemon.Port("cat"));
    }

    [Test]
    public void Many_services_get_each_their_own()
    {
        string[] names = [.. Enumerable.Range(0, 20).Select(i => $"s{i}")];
        using Daemon daemon = Passing(
            [.. names.Reverse().Select(name => $"{name}=tcp4:127.0.0.1:0")],
            [.. names.Select(name => (name, $"listen = '127.0.0.1:0'\nexec = ['/bin/echo', '{name}']\n"))]);

        foreach (string name in names)
        {
            using Client client = daemon.Connect(name);
            Assert.That(client.ReadToEnd(), Is.EqualTo(name + "\n"));
        }
    }

    [Test]
    public void A_dual_stack_socket_stands_for_a_bare_port_and_an_IPv4_client_has_an_IPv4_socket()
    {
        Needs.IPv6();
        int port = FreePort.Find();
        const string script =
            "import socket; s = socket.socket(fileno=0); print(s.family == socket.AF_INET, s.getpeername()[0], flush=True)";
        using Daemon daemon = Passing(
            [$"x=dual:[::]:{port}"], ("peer", $"listen = {port}\nexec = {TomlText.Of(Needs.Program("python3"), "-c", script)}\n"));

        using var four = new Client(port);
        using var six = new Client(port, IPAddress.IPv6Loopback);

        Assert.That(four.ReadToEnd(), Is.EqualTo("True 127.0.0.1\n"));
        Assert.That(six.ReadToEnd(), Is.EqualTo("False ::1\n"));
        Assert.That(
            daemon.Log.Where(line => line.Event is "listen" or "bind_failed").Select(line => line["address"]),
            Is.EqualTo(new[] { $"[::]:{port}" }));
    }

    [Test]
    public void An_ordinary_user_serves_a_port_it_may_not_bind()
    {
        Needs.Root();
        const string address = "127.83.17.5"; // a loopback address that nothing else uses
        string listen = $"listen = '{address}:22'\n";
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Wrapper = SocketPasser.Passing(54317, $"superd.socket=tcp4:{address}:22"), Control = "enabled = false" },
            ("ssh", listen + "exec = ['/bin/sh', '-c', 'id -u; read line']\n"));

        using var client = new Client(22, IPAddress.Parse(address));

        Assert.That(client.ReadLine(), Is.EqualTo("54317"));
        Assert.That(daemon.Log.Where(line => line.Level is "error" or "warn"), Is.Empty);
    }

    [Test]
    public void A_port_that_was_not_passed_still_needs_the_privilege()
    {
        Needs.Root();
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Wrapper = SocketPasser.Passing(54317, "superd.socket=tcp4:127.83.17.6:22") },
            ("good", "listen = '127.83.17.6:22'\n" + Cat),
            ("bad", "listen = '127.83.17.6:23'\n" + Cat));

        LogLine problem = daemon.WaitFor(line => line.Event == "configuration_problem", "the other port is a problem");
        Assert.That(problem.Message, Does.Contain("bad.toml").And.Contain("port 23 needs root or CAP_NET_BIND_SERVICE"));
        AssertServes(daemon, 22, IPAddress.Parse("127.83.17.6"));
    }

    [Test]
    public void What_fits_no_service_is_named_in_a_warning_and_closed()
    {
        int port = FreePort.Find();
        int udp = FreePort.Find();
        using Daemon daemon = Passing(
            ["cat=tcp4:127.0.0.1:0", $"stray=tcp4:127.0.0.1:{port}", $"web=udp4:127.0.0.1:{udp}", "stored=file", "connection=connection"],
            ("cat", "listen = '127.0.0.1:0'\n" + Cat),
            ("off", $"enabled = false\nlisten = '127.0.0.1:{port}'\n" + Cat));

        LogLine[] warnings = daemon.WaitFor(line => line.Event == "passed_unused", 4, "four descriptors are of no use");

        Assert.That(
            warnings.Select(line => (line["fd"], line["name"])),
            Is.EqualTo(new[] { ("4", "stray"), ("5", "web"), ("6", "stored"), ("7", "connection") }));
        Assert.That(warnings[0].Message, Does.Contain($"address=127.0.0.1:{port}: no TCP service").And.Contain("FileDescriptorName="));
        Assert.That(warnings[1].Message, Does.EndWith("it is no TCP socket"));
        Assert.That(warnings[2].Message, Does.EndWith("it is no socket"));
        Assert.That(warnings[3].Message, Does.EndWith("it is no TCP socket"));
        Assert.That(() => new Client(port), Throws.InstanceOf<SocketException>(), "it is closed");
        AssertServes(daemon, daemon.Port("cat"));
    }

    [Test]
    public void A_service_of_datagrams_gets_no_TCP_socket_by_its_name_nor_by_its_port()
    {
        int port = FreePort.Find();
        using Daemon daemon = Passing(
            ["quiet=tcp4:127.0.0.1:0", $"x=tcp4:127.0.0.1:{port}"],
            ("quiet", $"listen = 'udp://127.0.0.1:{port}'\nwait = true\nexec = '/bin/true'\n"));

        LogLine[] warnings = daemon.WaitFor(line => line.Event == "passed_unused", 2, "neither is of use");

        Assert.That(warnings.Select(line => line["name"]), Is.EqualTo(new[] { "quiet", "x" }));
        Assert.That(daemon.WaitFor("listen", "quiet")["address"], Is.EqualTo($"127.0.0.1:{port}/udp"));
    }

    [Test]
    public void A_socket_for_one_address_of_a_service_leaves_it_its_Unix_domain_socket()
    {
        int port = FreePort.Find();
        string name = $"superd-test-{Guid.NewGuid():N}";
        using Daemon daemon = Passing([$"x=tcp4:127.0.0.1:{port}"], ("cat", $"listen = ['unix:@{name}', '127.0.0.1:{port}']\n{Cat}"));
        using var local = new Client(new UnixDomainSocketEndPoint("\0" + name));

        AssertServes(daemon, port);
        Assert.That(local.Send("up\n").ReadLine(), Is.EqualTo("up"));
        Assert.That(
            daemon.WaitFor(line => line.Is("listen", "cat"), 2, "both are listened on").Select(line => line["address"]),
            Is.EquivalentTo(new[] { $"127.0.0.1:{port}", $"unix:@{name}" }));
    }

    [Test]
    public void Passed_sockets_are_closed_to_handlers_and_the_variables_about_them_are_gone()
    {
        using Daemon daemon = Passing(
            ["a=tcp4:127.0.0.1:0", "b=tcp4:127.0.0.1:0", "c=tcp4:127.0.0.1:0"],
            ("a", "listen = '127.0.0.1:0'\n" + Cat),
            ("b", "listen = '127.0.0.1:0'\nwait = true\n" + TomlText.ExecTestHandler("sleep", "60")),
            ("c", "listen = '127.0.0.1:0'\n" + Cat));
        using Client client = daemon.Connect("a");
        Assert.That(client.Send("up\n").ReadLine(), Is.EqualTo("up"));
        int handler = daemon.HandlerOf(client);

        Assert.That(ProcFs.Descriptors(handler).Keys, Is.EqualTo(new[] { 0, 1, 2 }));
        Assert.That(ProcFs.Environment(handler).Keys.Where(name => name.StartsWith("LISTEN_")), Is.Empty);
        foreach (int fd in (int[])[3, 4, 5])
        {
            Assert.That(ProcFs.DescriptorFlags(daemon.Pid, fd) & O_CLOEXEC, Is.EqualTo(O_CLOEXEC), $"fd {fd}");
        }
    }

    [Test]
    public void A_wait_service_gets_the_passed_socket()
    {
        const string script = "import socket; c, _ = socket.socket(fileno=0).accept(); c.sendall(b'one\\n')";
        using Daemon daemon = Passing(
            ["echo=tcp4:127.0.0.1:0", "echo=tcp4:127.0.0.1:0"],
            ("echo", $"listen = '127.0.0.1:0'\nwait = true\nexec = {TomlText.Of(Needs.Program("python3"), "-c", script)}\n"));

        using Client client = daemon.Connect("echo");

        Assert.That(client.ReadToEnd(), Is.EqualTo("one\n"));
        LogLine second = daemon.WaitFor(line => line.Event == "passed_unused", "it has one socket only");
        Assert.That(second["name"], Is.EqualTo("echo"));
    }

    [Test]
    public void Sockets_meant_for_another_process_are_left_alone()
    {
        int port = FreePort.Find();
        var options = new DaemonOptions
        {
            Wrapper = SocketPasser.Passing($"cat=tcp4:127.0.0.1:{port}"),
            Environment = { ["TEST_LISTEN_PID"] = "1" },
        };
        using Daemon daemon = Daemon.Start(options, ("cat", "listen = '127.0.0.1:0'\n" + Cat));

        Assert.That(daemon.Port("cat"), Is.Not.EqualTo(port));
        Assert.That(daemon.Log.Where(line => line.Event is "adopt" or "passed_unused"), Is.Empty);
    }

    [Test]
    public void The_socket_of_systemds_own_tool_is_served_from_its_first_client_on()
    {
        int port = FreePort.Find();
        var options = new DaemonOptions
        {
            Wrapper = [Needs.Program("systemd-socket-activate"), "-l", $"127.0.0.1:{port}", "--fdname=cat", "-E", "PATH"],
            WaitsForReady = false,
        };
        using Daemon daemon = Daemon.Start(options, ("cat", "listen = '127.0.0.1:0'\n" + Cat));

        // It starts superd when a client connects, and superd serves that client.
        using Client client = ConnectWhenThere(port);
        Assert.That(client.Send("up\n").ReadLine(), Is.EqualTo("up"));
        Assert.That(daemon.WaitFor("adopt", "cat")["name"], Is.EqualTo("cat"));
        AssertServes(daemon, port);
    }

    private static Daemon Passing(string[] sockets, params (string Name, string Toml)[] services) =>
        Daemon.Start(new DaemonOptions { Wrapper = SocketPasser.Passing(sockets) }, services);

    private static int PortOf(LogLine listen) => int.Parse(listen["address"].Split(':')[^1], CultureInfo.InvariantCulture);

    private static void AssertServes(Daemon daemon, int port, IPAddress? address = null)
    {
        using var client = new Client(port, address);
        Assert.That(client.Send("up\n").ReadLine(), Is.EqualTo("up"), string.Join('\n', daemon.Log));
    }

    private static Client ConnectWhenThere(int port)
    {
        Client? client = null;
        Patience.Until(
            () =>
            {
                try
                {
                    client = new Client(port);
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            "somebody listens");
        return client!; // the line above throws otherwise
    }
}
