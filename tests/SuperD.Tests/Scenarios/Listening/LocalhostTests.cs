using System.Net;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Listening;

/// <summary><c>listen = "localhost:PORT"</c>: the loopback address of each family that the machine has.</summary>
public sealed class LocalhostTests
{
    private const string Echo = "exec = '/bin/cat'\n";

    [Test]
    public void Clients_of_both_families_are_served()
    {
        Needs.IPv6();
        int port = FreePort.Find();
        using Daemon daemon = Daemon.Start(("echo", $"listen = 'localhost:{port}'\n{Echo}"));

        foreach (IPAddress address in (IPAddress[])[IPAddress.Loopback, IPAddress.IPv6Loopback])
        {
            using var client = new Client(port, address);
            Assert.That(client.Send("hello\n").ReadLine(), Is.EqualTo("hello"), $"{address}");
        }
    }

    [TestCase("echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6", TestName = "Where_IPv6_is_switched_off_localhost_serves_IPv4")]
    [TestCase("ip -6 addr del ::1/128 dev lo", TestName = "Where_the_loopback_interface_has_no_IPv6_localhost_serves_IPv4")]
    public void Without_its_IPv6_address_localhost_serves_IPv4(string withoutIPv6)
    {
        string script = "ip link set lo up && " + withoutIPv6;
        Needs.Success("unshare", "--net", "sh", "-c", script);
        Needs.Program("nsenter");
        Needs.Program("nc");
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Wrapper = ["unshare", "--net", "sh", "-c", script + "; exec \"$@\"", "sh"] },
            ("hello", "listen = 'localhost:9003'\n" + TomlText.ExecShell("echo hello")));

        ProgramResult client = RunningProgram.RunToEnd("nsenter", [$"--target={daemon.Pid}", "--net", "nc", "-d", "127.0.0.1", "9003"]);

        Assert.That(client.StandardOutput, Is.EqualTo("hello\n"));
        Assert.That(daemon.Log.Select(line => line.Event), Has.None.EqualTo("bind_failed"));
    }
}
