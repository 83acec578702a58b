using NUnit.Framework;
using SuperD.Configuration;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>udp:// addresses, idle_timeout, and the effect of other keys on them.</summary>
public sealed class DatagramKeyTests
{
    private const string Udp = "listen = \"udp://:9003\"\n", Wait = "wait = true\n";

    [TestCase("udp://:9003", "0.0.0.0:9003/udp | [::]:9003/udp")]
    [TestCase("udp://9003", "0.0.0.0:9003/udp | [::]:9003/udp")]
    [TestCase("udp://127.0.0.1:9003", "127.0.0.1:9003/udp")]
    [TestCase("udp://[::1]:9003", "[::1]:9003/udp")]
    [TestCase("udp://:0", "0.0.0.0:0/udp")]
    [TestCase("udp://:tftp", "0.0.0.0:69/udp | [::]:69/udp")]
    public void A_datagram_address_becomes_its_sockets_as_over_TCP(string listen, string sockets)
    {
        ServiceDefinition service = DefinitionOf($"listen = \"{listen}\"\n{Exec}");
        Assert.That(string.Join(" | ", service.Listen), Is.EqualTo(sockets));
        Assert.That(service.IsPerPeer, Is.True);
    }

    [Test]
    public void A_wait_service_has_one_socket_for_both_families()
    {
        ServiceDefinition service = DefinitionOf(Udp + Wait + Exec);
        Assert.That(string.Join(" | ", service.Listen), Is.EqualTo("[::]:9003/udp"));
        Assert.That(service.Listen[0].V6Only, Is.False);
        Assert.That(service.IsPerPeer, Is.False);
    }

    [Test]
    public void A_port_name_is_looked_up_for_its_protocol() =>
        Assert.That(
            ProblemsOf("listen = \"udp://:http\"\n" + Exec),
            Has.Exactly(1).StartsWith("1:10: error: the port name \"http\" is not in ").And.Contains(" for udp; "));

    [Test]
    public void Connections_and_datagrams_are_two_services() =>
        Assert.That(ProblemsOf("listen = [9003, \"udp://:9003\"]\n" + Exec), Is.EqualTo(
            [
                "1:17: error: a service listens for connections or for datagrams (udp://), not for both, since its program meets them "
                    + "differently; write one file for each",
            ]));

    [Test]
    public void One_port_may_be_listened_on_over_TCP_and_over_UDP()
    {
        using ConfigurationFiles files = new();
        files.Service("stream", "listen = 9003\n" + Exec).Service("datagram", Udp + Exec);
        Assert.That(files.Problems(), Is.Empty);
    }

    [Test]
    public void One_port_for_two_datagram_services_is_an_error()
    {
        using ConfigurationFiles files = new();
        files.Service("a", Udp + Exec).Service("b", "listen = \"udp://127.0.0.1:9003\"\n" + Wait + Exec);
        Assert.That(files.Problems(), Is.EqualTo(
            [
                "services.d/b.toml:1:10: error: 127.0.0.1:9003/udp is already listened on by service 'a' at services.d/a.toml:1:10, where "
                    + "0.0.0.0:9003/udp takes it too; choose another port or address for one of them",
            ]));
    }

    [Test]
    public void Peers_are_bounded_also_where_nobody_said_so()
    {
        Assert.That(DefinitionOf(Udp + Exec).Instances, Is.EqualTo(100));
        Assert.That(DefinitionOf(Udp + Exec + "instances = 7").Instances, Is.EqualTo(7));
        Assert.That(DefinitionOf(Udp + Exec, superdToml: "defaults.instances = 9").Instances, Is.EqualTo(9));
    }

    [Test]
    public void A_datagram_cannot_wait_for_its_turn()
    {
        Assert.That(ProblemsOf(Udp + Exec + "instances = 7\nwhen_full = \"queue\""), Is.EqualTo(
            [
                "4:13: error: when_full = \"queue\" has no meaning over UDP: a datagram beyond instances is refused, and its sender sends "
                    + "it again; delete the line",
            ]));
        Assert.That(
            DefinitionOf(Udp + Exec, superdToml: "defaults = { when_full = \"queue\", instances = 7 }").WhenFull,
            Is.EqualTo(WhenFull.Refuse));
    }

    [Test]
    public void A_silent_peer_is_waited_for_a_minute_unless_idle_timeout_says_otherwise()
    {
        Assert.That(DefinitionOf(Udp + Exec).IdleTimeout, Is.EqualTo(TimeSpan.FromMinutes(1)));
        Assert.That(DefinitionOf(Udp + Exec + "idle_timeout = \"5s\"").IdleTimeout, Is.EqualTo(TimeSpan.FromSeconds(5)));
        Assert.That(
            DefinitionOf(Udp + Exec, superdToml: "defaults.idle_timeout = \"7s\"").IdleTimeout, Is.EqualTo(TimeSpan.FromSeconds(7)));
        Assert.That(ProblemsOf(Udp + Exec + "idle_timeout = \"0s\""), Is.EqualTo(
            ["3:16: error: idle_timeout must be longer than 0s, or no connection could live; delete the line for the default"]));
    }

    [TestCase("listen = \"unix:@han\"\n", "the kernel counts nothing on a Unix-domain socket")]
    [TestCase(Udp + Wait, "the program of a wait service receives its clients itself, and superd does not see them")]
    public void Idle_timeout_is_an_error_where_nobody_sees_the_silence(string service, string why)
    {
        Assert.That(ProblemsOf($"idle_timeout = \"5s\"\n{service}{Exec}"), Is.EqualTo(
            [$"1:1: error: idle_timeout cannot be kept here: {why}; delete the line, or use run_timeout"]));
        Assert.That(
            ProblemsOf(service + Exec, superdToml: "defaults.idle_timeout = \"7s\""),
            Is.Empty,
            "what the defaults say is for the other services");
    }

    [Test]
    public void Peers_sockets_need_a_capability_and_a_wait_service_does_not()
    {
        Assert.That(ProblemsOf(Udp + Exec, Ordinary), Is.EqualTo(
        [
            "1:10: error: udp:// without wait needs root or CAP_NET_RAW: superd runs as uid 54321, and the first datagram of each peer is "
                + "put, with its sender's address, into a socket of the peer's own; "
            + "start superd as root, or write wait = true",
        ]));
        Assert.That(ProblemsOf(Udp + Wait + Exec, Ordinary), Is.Empty);
        Assert.That(ProblemsOf(Udp + Exec, Ordinary with { Capabilities = 1ul << (int)Capability.NetRaw }), Is.Empty);
    }

    [Test]
    public void A_low_port_needs_root_as_over_TCP() =>
        Assert.That(
            ProblemsOf("listen = \"udp://:69\"\n" + Wait + Exec, Ordinary with { FirstFreePort = 1024 }),
            Has.Exactly(1).StartsWith("1:10: error: port 69 needs root or CAP_NET_BIND_SERVICE"));

    [Test]
    public void Keys_of_connections_have_no_effect() =>
        Assert.That(
            ProblemsOf(Udp + Exec + "nodelay = true\nkeepalive = true\nbacklog = 5\nuser_timeout = \"9s\"")
                .Select(problem => problem[..problem.IndexOf(':', 15)]),
            Is.EqualTo(
                [
                    "3:11: warning: nodelay has no effect",
                    "4:13: warning: keepalive has no effect",
                    "5:11: warning: backlog has no effect",
                    "6:16: warning: user_timeout has no effect",
                ]));
}
