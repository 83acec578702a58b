using System.Globalization;
using System.Net;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Handlers;

/// <summary>What a handler receives: its environment, its arguments, and its peer's address.</summary>
public sealed class HandlerEnvironmentTests
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>The variables in which superd describes the connection to a handler.</summary>
    private static readonly string[] s_connectionVariables =
    [
        "REMOTE_ADDR", "REMOTE_PORT", "REMOTE_HOST", "TCPREMOTEIP", "TCPREMOTEPORT", "TCPLOCALIP", "TCPLOCALPORT", "PROTO",
        "SUPERD_SERVICE",
        "SUPERD_CONNECTION",
    ];

    // ── environment and arguments ──

    [Test]
    public void The_environment_is_PATH_and_the_connection_and_nothing_of_superds()
    {
        using var cat = new CatHandler(options: new DaemonOptions { Environment = { ["SECRET"] = "hunter2", ["LISTEN_FDS"] = "3" } });

        Dictionary<string, string> environment = ProcFs.Environment(cat.Pid);
        Assert.That(environment.Keys, Is.EquivalentTo(s_connectionVariables.Append("PATH")));
        Assert.That(environment["PATH"], Is.EqualTo(DefaultPath));
    }

    [Test]
    public void Variables_are_passed_on_by_name_and_set_byte_for_byte()
    {
        var options = new DaemonOptions
        {
            Environment = { ["PASSED"] = "on to all = of them", ["BOTH"] = "of superd", ["SECRET"] = "hunter2" },
            Tables = "[defaults]\nenv = { OF_ALL = 'all', ALSO = 'all' }",
        };
        using var cat = new CatHandler("""
            pass_env = ["PASSED", "BOTH", "NOT_SET_ANYWHERE"]
            [env]
            BOTH = "of the service"
            ALSO = "the service's"
            SPACES = "  two words  "
            UTF8 = "grüße € 𝄞"
            EMPTY = ""
            LINES = "one\ntwo"
            PATH = "/opt/bin"
            """, options);

        Dictionary<string, string> environment = ProcFs.Environment(cat.Pid);
        foreach (string name in s_connectionVariables)
        {
            environment.Remove(name);
        }

        Assert.That(environment, Is.EquivalentTo(new Dictionary<string, string>
        {
            ["PASSED"] = "on to all = of them",
            ["BOTH"] = "of the service",
            ["OF_ALL"] = "all",
            ["ALSO"] = "the service's",
            ["SPACES"] = "  two words  ",
            ["UTF8"] = "grüße € 𝄞",
            ["EMPTY"] = "",
            ["LINES"] = "one\ntwo",
            ["PATH"] = "/opt/bin",
        }));
    }

    [Test]
    public void A_handler_of_a_user_finds_its_home()
    {
        Needs.Root();
        using var cat = new CatHandler("user = 'nobody'");

        Dictionary<string, string> environment = ProcFs.Environment(cat.Pid);
        string[] passwd = File.ReadLines("/etc/passwd").Single(line => line.StartsWith("nobody:")).Split(':');
        Assert.That(environment["HOME"], Is.EqualTo(passwd[5]));
        Assert.That(environment["USER"], Is.EqualTo("nobody"));
        Assert.That(environment["LOGNAME"], Is.EqualTo("nobody"));
        Assert.That(environment["SHELL"], Is.EqualTo(passwd[6]));
    }

    [Test]
    public void Arguments_arrive_byte_for_byte()
    {
        string[] arguments = ["two words", "it's \"quoted\"", "", " ", "grüße €", "a\nb\t", "*", "$HOME `id`", "\\", "--", "%s%n"];
        string[] command = ["/bin/sh", "-c", "echo up; read line", .. arguments];
        using Daemon daemon = Daemon.Start(("args", $"listen = '127.0.0.1:0'\nexec = {TomlText.Of(command)}\n"));
        using Client client = daemon.Connect("args");
        Assert.That(client.ReadLine(), Is.EqualTo("up"));

        Assert.That(ProcFs.Arguments(daemon.HandlerOf(client)), Is.EqualTo(command[1..].Prepend("sh")));
    }

    [TestCase("127.0.0.1")]
    [TestCase("::1")]
    public void Placeholders_in_arguments_and_variables_are_the_connections(string address)
    {
        if (address == "::1")
        {
            Needs.IPv6();
        }

        string[] fixedOnes = ["/bin/sh", "-c", "echo up; read line"];
        string[] arguments =
        [
            .. fixedOnes, "plain", "{peer_addr}", "a b\n'\"{peer_addr}\"' {peer_port}{", "{local_addr}:{local_port}", "{service}/{conn}",
            "{print $1} ${service} {PEER_ADDR}x{}", "last",
        ];
        const string Variables = "env = { FROM = 'é {peer_addr} {conn}', PLAIN = '{}' }\n";
        using Daemon daemon = Daemon.Start(("args", $"listen = {FreePort.Find()}\nexec = {TomlText.Of(arguments)}\n{Variables}"));
        using var client = new Client(daemon.Port("args"), IPAddress.Parse(address));
        Assert.That(client.ReadLine(), Is.EqualTo("up"));

        string conn = daemon.AcceptOf(client)["conn"]!;
        int pid = daemon.HandlerOf(client);
        Assert.That(
            ProcFs.Arguments(pid),
            Is.EqualTo((string[])
            [
                "sh", .. fixedOnes[1..], "plain", address, $"a b\n'\"{address}\"' {client.LocalPort}{{",
                $"{address}:{daemon.Port("args")}", $"args/{conn}", "{print $1} ${service} {PEER_ADDR}x{}", "last",
            ]));
        Dictionary<string, string> environment = ProcFs.Environment(pid);
        Assert.That(environment["FROM"], Is.EqualTo($"é {address} {conn}"));
        Assert.That(environment["PLAIN"], Is.EqualTo("{}"));
        Assert.That(environment.Keys, Is.EquivalentTo(s_connectionVariables.Concat(["PATH", "FROM", "PLAIN"])));
    }

    [Test]
    public void More_placeholders_than_a_launch_expects_are_replaced()
    {
        string many = string.Concat(Enumerable.Range(0, 100).Select(n => $"V{n} = '{n}-{{conn}}'\n"));
        string[] arguments = ["/bin/sh", "-c", "echo $V99 $#", "sh", .. Enumerable.Range(0, 2000).Select(n => $"{n}{{conn}}")];
        using Daemon daemon = Daemon.Start(("many", $"listen = '127.0.0.1:0'\nexec = {TomlText.Of(arguments)}\n[env]\n{many}"));

        foreach (int conn in (int[])[1, 2])
        {
            using Client client = daemon.Connect("many");
            Assert.That(client.ReadToEnd(), Is.EqualTo($"99-{conn} 2000\n"));
        }
    }

    [TestCase("", "cat")]
    [TestCase("argv0 = '-a login cat'", "-a login cat")]
    [TestCase("argv0 = ''", "")]
    public void Argv0_is_the_programs_name_or_what_the_service_says(string keys, string expected)
    {
        using var cat = new CatHandler(keys);

        Assert.That(ProcFs.Arguments(cat.Pid), Is.EqualTo(new[] { expected }));
        Assert.That(ProcFs.Link(cat.Pid, "exe"), Does.EndWith("/bin/cat"));
    }

    // ── the connection ──

    [TestCase("127.0.0.1:0", "127.0.0.1")]
    [TestCase("0.0.0.0:0", "127.0.0.3", Description = "the local address is the connection's, not the listener's")]
    [TestCase("[::1]:0", "::1")]
    [TestCase("[::]:0", "::1")]
    public void The_environment_tells_both_ends_of_the_connection(string listen, string address)
    {
        IPAddress server = IPAddress.Parse(address);
        if (address.Contains(':'))
        {
            Needs.IPv6();
        }

        using var cat = new CatHandler("v6only = true", listen: TomlText.Of(listen), address: server);

        AssertTellsBothEnds(cat, server);
    }

    [TestCase("127.0.0.1")]
    [TestCase("::1")]
    public void A_bare_port_serves_both_families_and_an_IPv4_client_is_told_as_plain_IPv4(string address)
    {
        Needs.IPv6();
        IPAddress server = IPAddress.Parse(address);
        using var cat = new CatHandler(listen: $"{FreePort.Find()}", address: server);

        AssertTellsBothEnds(cat, server);
    }

    [TestCase("127.0.0.1")]
    [TestCase("::1")]
    public void Getpeername_on_fd_0_is_the_client(string address)
    {
        Needs.IPv6();
        using Daemon daemon = Daemon.Start(("peer", $"listen = {FreePort.Find()}\n" + TomlText.ExecTestHandler("peername")));
        using var client = new Client(daemon.Port("peer"), IPAddress.Parse(address));

        Assert.That(client.ReadToEnd(), Is.EqualTo($"{address} {client.LocalPort}\n"));
    }

    private static void AssertTellsBothEnds(CatHandler cat, IPAddress server)
    {
        Dictionary<string, string> environment = ProcFs.Environment(cat.Pid);
        string clientPort = cat.Client.LocalPort.ToString(CultureInfo.InvariantCulture);
        string serverPort = cat.Daemon.Port("cat").ToString(CultureInfo.InvariantCulture);
        string client = ((IPEndPoint)cat.Client.Socket.LocalEndPoint!).Address.ToString(); // connected
        environment.Remove("PATH");
        Assert.That(environment, Is.EquivalentTo(new Dictionary<string, string>
        {
            ["REMOTE_ADDR"] = client,
            ["REMOTE_PORT"] = clientPort,
            ["REMOTE_HOST"] = client,
            ["TCPREMOTEIP"] = client,
            ["TCPREMOTEPORT"] = clientPort,
            ["TCPLOCALIP"] = server.ToString(),
            ["TCPLOCALPORT"] = serverPort,
            ["PROTO"] = "TCP",
            ["SUPERD_SERVICE"] = "cat",
            ["SUPERD_CONNECTION"] = cat.Daemon.AcceptOf(cat.Client)["conn"],
        }));
    }
}
