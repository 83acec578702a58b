using NUnit.Framework;
using SuperD.Configuration;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>listen and v6only: the sockets that an address stands for.</summary>
public sealed class ListenTests
{
    private const string Both = "0.0.0.0:9003 | [::]:9003 v6only optional";

    [TestCase("9003", Both)]
    [TestCase("\"9003\"", Both)]
    [TestCase("\":9003\"", Both)]
    [TestCase("\"*:9003\"", Both)]
    [TestCase("\"tcp://:9003\"", Both)]
    [TestCase("\"tcp://9003\"", Both)]
    [TestCase("\"[::]:9003\"", Both)]
    [TestCase("[9003]", Both)]
    [TestCase("\"127.0.0.1:9003\"", "127.0.0.1:9003")]
    [TestCase("\"tcp://127.0.0.1:9003\"", "127.0.0.1:9003")]
    [TestCase("\"0.0.0.0:9003\"", "0.0.0.0:9003")]
    [TestCase("\"[::1]:9003\"", "[::1]:9003 v6only")]
    [TestCase("\"tcp://[::1]:9003\"", "[::1]:9003 v6only")]
    [TestCase("\"[fe80::1%1]:9003\"", "[fe80::1%1]:9003 v6only")]
    [TestCase("\"http\"", "0.0.0.0:80 | [::]:80 v6only optional")]
    [TestCase("\":http\"", "0.0.0.0:80 | [::]:80 v6only optional")]
    [TestCase("\"tcp://:http\"", "0.0.0.0:80 | [::]:80 v6only optional")]
    [TestCase("\"127.0.0.1:http\"", "127.0.0.1:80")]
    [TestCase("\"127.0.0.1:www\"", "127.0.0.1:80")]
    [TestCase(
        "[\"127.0.0.1:9003\", \"[::1]:9003\", 9004]", "127.0.0.1:9003 | [::1]:9003 v6only | 0.0.0.0:9004 | [::]:9004 v6only optional")]
    [TestCase("[\"[::]:9003\", \"0.0.0.0:9003\"]", "[::]:9003 v6only | 0.0.0.0:9003")]
    [TestCase("[\"0.0.0.0:9004\", \"[::]:9003\"]", "0.0.0.0:9004 | 0.0.0.0:9003 | [::]:9003 v6only optional")]
    public void An_address_becomes_its_sockets_in_the_order_written(string listen, string sockets) =>
        Assert.That(SocketsOf($"listen = {listen}\n{Exec}"), Is.EqualTo(sockets));

    [TestCase("0", "0.0.0.0:0")]
    [TestCase("\"[::]:0\"", "[::]:0 v6only")]
    [TestCase("\"127.0.0.1:0\"", "127.0.0.1:0")]
    [TestCase("[0, 0]", "0.0.0.0:0 | 0.0.0.0:0")]
    public void Port_0_is_one_socket_because_each_would_get_another_port(string listen, string sockets) =>
        Assert.That(SocketsOf($"listen = {listen}\n{Exec}"), Is.EqualTo(sockets));

    [TestCase("localhost:9003", "127.0.0.1:9003 | [::1]:9003 v6only optional")]
    [TestCase("LOCALHOST:http", "127.0.0.1:80 | [::1]:80 v6only optional")]
    [TestCase("localhost:0", "127.0.0.1:0")]
    [TestCase("udp://localhost:69", "127.0.0.1:69/udp | [::1]:69/udp v6only optional")]
    public void Localhost_is_the_loopback_address_of_IPv4_and_that_of_IPv6(string listen, string sockets) =>
        Assert.That(SocketsOf($"listen = \"{listen}\"\n{Exec}"), Is.EqualTo(sockets));

    [TestCase("health", "9003", "127.0.0.1:9003 | [::1]:9003 v6only optional")]
    [TestCase("metrics", "\":http\"", "127.0.0.1:80 | [::1]:80 v6only optional")]
    [TestCase("agent", "0", "127.0.0.1:0")]
    [TestCase("agent", "[9003, \"10.0.0.7:9004\"]", "127.0.0.1:9003 | [::1]:9003 v6only optional | 10.0.0.7:9004")]
    [TestCase("health", "\"0.0.0.0:9003\"", "0.0.0.0:9003")]
    [TestCase("health", "\"[::]:9003\"", Both)]
    [TestCase("echo", "9003", Both)]
    public void A_port_alone_is_that_of_this_machine_for_a_service_that_reports_on_superd(string builtin, string listen, string sockets) =>
        Assert.That(SocketsOf($"listen = {listen}\nbuiltin = \"{builtin}\"\n"), Is.EqualTo(sockets));

    [Test]
    public void Localhost_with_v6only_is_the_address_of_IPv6() =>
        Assert.That(SocketsOf($"listen = \"localhost:9003\"\nv6only = true\n{Exec}"), Is.EqualTo("[::1]:9003 v6only"));

    [Test]
    public void A_wait_service_at_localhost_has_to_choose_one_of_its_addresses() =>
        Assert.That(
            ProblemsOf($"listen = \"localhost:9003\"\nwait = true\n{Exec}"),
            Is.EqualTo(
                [
                    "1:10: error: localhost is two addresses, and a service with wait = true has one, since its program gets one socket; "
                        + "write \"127.0.0.1:9003\" or \"[::1]:9003\"",
                ]));

    [TestCase("9003", "[::]:9003 v6only")]
    [TestCase("0", "[::]:0 v6only")]
    [TestCase("\"[::]:9003\"", "[::]:9003 v6only")]
    [TestCase("[\"0.0.0.0:9003\", 9004]", "0.0.0.0:9003 | [::]:9004 v6only")]
    public void With_v6only_all_addresses_are_those_of_IPv6(string listen, string sockets) =>
        Assert.That(SocketsOf($"listen = {listen}\nv6only = true\n{Exec}"), Is.EqualTo(sockets));

    [TestCase("9003", "[::]:9003")]
    [TestCase("0", "[::]:0")]
    [TestCase("\"[::]:9003\"", "[::]:9003")]
    [TestCase("\"127.0.0.1:9003\"", "127.0.0.1:9003")]
    [TestCase("9003\nv6only = true", "[::]:9003 v6only")]
    public void A_wait_service_has_one_socket(string listen, string sockets) =>
        Assert.That(SocketsOf($"wait = true\n{Exec}listen = {listen}"), Is.EqualTo(sockets));

    [Test]
    public void A_wait_service_with_two_addresses_is_an_error() =>
        Assert.That(
            ProblemsOf($"wait = true\n{Exec}listen = [9003, 9004]"),
            Is.EqualTo(
                [
                    "3:17: error: a service with wait = true has one address, since its program gets one socket, found 2; write one file "
                        + "for each",
                ]));

    [TestCase("65536", "listen must be a port from 0 to 65535, found 65536; for example listen = 9003")]
    [TestCase("-1", "listen must be a port from 0 to 65535, found -1; for example listen = 9003")]
    [TestCase("4294967297", "listen must be a port from 0 to 65535, found 4294967297; for example listen = 9003")]
    [TestCase("\":65536\"", "listen must be a port from 0 to 65535, found \":65536\"; for example listen = 9003")]
    [TestCase(
        "\":99999999999999999999\"", "listen must be a port from 0 to 65535, found \":99999999999999999999\"; for example listen = 9003")]
    [TestCase(
        "9003.0",
        "listen must be a port or an address such as 9003, \"127.0.0.1:9003\", \"[::1]:9003\" or \":http\", found the float 9003; for "
            + "example listen = 9003")]
    [TestCase("[]", "listen must be at least one address, found an empty array; for example listen = 9003")]
    [TestCase("\"\"", "listen = \"\": the port is missing; write 9003, \"127.0.0.1:9003\", \"[::1]:9003\" or \":http\"")]
    [TestCase(
        "\"127.0.0.1:\"", "listen = \"127.0.0.1:\": the port is missing; write 9003, \"127.0.0.1:9003\", \"[::1]:9003\" or \":http\"")]
    [TestCase("\"127.0.0.1\"", "listen = \"127.0.0.1\": the port is missing; write \"127.0.0.1:9003\"")]
    [TestCase("\"[::1]\"", "listen = \"[::1]\": an IPv6 address stands in brackets with its port after them; write \"[::1]:9003\"")]
    [TestCase("\"::1:9003\"", "listen = \"::1:9003\": an IPv6 address stands in brackets with its port after them; write \"[::1]:9003\"")]
    [TestCase("\"[::g]:9003\"", "listen = \"[::g]:9003\": \"[::g]\" is not an IP address; write one such as 127.0.0.1 or [::1]")]
    [TestCase(
        "\"[127.0.0.1]:9003\"",
        "listen = \"[127.0.0.1]:9003\": \"[127.0.0.1]\" is not an IP address; write one such as 127.0.0.1 or [::1]")]
    [TestCase("\"127.1:9003\"", "listen = \"127.1:9003\": \"127.1\" is not an IP address; write one such as 127.0.0.1 or [::1]")]
    [TestCase(
        "\"010.0.0.1:9003\"", "listen = \"010.0.0.1:9003\": \"010.0.0.1\" is not an IP address; write one such as 127.0.0.1 or [::1]")]
    [TestCase(
        "\"256.0.0.1:9003\"", "listen = \"256.0.0.1:9003\": \"256.0.0.1\" is not an IP address; write one such as 127.0.0.1 or [::1]")]
    [TestCase(
        "\"[::ffff:10.0.0.1]:80\"",
        "listen = \"[::ffff:10.0.0.1]:80\": an IPv4 address in IPv6 form cannot be bound by an IPv6 socket; write \"10.0.0.1:80\"")]
    [TestCase(
        "\"db.example:9003\"",
        "listen = \"db.example:9003\": \"db.example\" is not an IP address, and names are not looked up, since their meaning can "
            + "change; write the address")]
    [TestCase("\"udp:69\"", "listen = \"udp:69\": two slashes are missing; write \"udp://:69\"")]
    [TestCase(
        "\"udp:127.0.0.1:11010\"", "listen = \"udp:127.0.0.1:11010\": two slashes are missing; write \"udp://127.0.0.1:11010\"")]
    [TestCase("\"localhost\"", "listen = \"localhost\": the port is missing; write \"localhost:9003\"")]
    [TestCase(
        "\"unix:\"",
        "listen = \"unix:\": the name of the socket is missing; write \"unix:/run/han.sock\", or \"unix:@han\" for one without a file")]
    [TestCase(
        "\"unix:@\"",
        "listen = \"unix:@\": the name of the socket is missing; write \"unix:/run/han.sock\", or \"unix:@han\" for one without a file")]
    [TestCase(
        "\"unix:/run/\"",
        "listen = \"unix:/run/\": the name of the socket is missing; write \"unix:/run/han.sock\", or \"unix:@han\" for one without a "
            + "file")]
    [TestCase(
        "\"http://:80\"",
        "listen must be tcp://ADDRESS:PORT, udp://ADDRESS:PORT, unix:PATH or a port or an address such as 9003, \"127.0.0.1:9003\", "
            + "\"[::1]:9003\" or \":http\", found \"http://:80\"; for example listen = 9003")]
    [TestCase(
        "\":9003/tcp\"",
        "listen must be a port or an address such as 9003, \"127.0.0.1:9003\", \"[::1]:9003\" or \":http\", found \":9003/tcp\"; did "
            + "you mean \":9003\"?")]
    [TestCase(
        "\":٩\"",
        "listen must be a port or an address such as 9003, \"127.0.0.1:9003\", \"[::1]:9003\" or \":http\", found \":٩\"; for example "
            + "listen = 9003")]
    public void A_bad_address_is_told_what_to_write(string listen, string message) =>
        Assert.That(ProblemsOf($"listen = {listen}\n{Exec}"), Is.EqualTo([$"1:10: error: {message}"]));

    [Test]
    public void Each_bad_address_of_a_list_is_told_at_its_place() =>
        Assert.That(ProblemsOf($"listen = [9003, \"x:1\", 70000]\n{Exec}").Select(line => line[..5]), Is.EqualTo(["1:17:", "1:24:"]));

    [Test]
    public void An_unknown_port_name_names_the_nearest_one_of_etc_services()
    {
        using ConfigurationFiles files = new();
        string names = files.Directory.Write("services", "# comment\nftp 21/tcp\nhttp 80/tcp www # web\ntftp 69/udp\n");
        files.Service("han", "listen = [\":htpt\", \":zzzz\", \":htp\"]\n" + Exec);
        Assert.That(files.Problems(Able with { PortNamesFile = names }), Is.EqualTo(
        [
            "services.d/han.toml:1:11: error: the port name \"htpt\" is not in services for tcp; did you mean 'http'? Or write its number",
            "services.d/han.toml:1:20: error: the port name \"zzzz\" is not in services for tcp; write its number",
            "services.d/han.toml:1:29: error: the port name \"htp\" is not in services for tcp; did you mean 'http'? Or write its number",
        ]));
    }

    [Test]
    public void Without_a_file_of_port_names_every_name_is_unknown() =>
        Assert.That(
            ProblemsOf($"listen = \":http\"\n{Exec}", Able with { PortNamesFile = "/nonexistent" }),
            Is.EqualTo(["1:10: error: the port name \"http\" is not in /nonexistent for tcp; write its number"]));

    [Test]
    public void A_v6only_that_no_address_heeds_is_a_warning() =>
        Assert.That(
            ProblemsOf($"listen = \"127.0.0.1:9003\"\n{Exec}v6only = true"),
            Is.EqualTo(["3:10: warning: v6only has no effect: no address of listen is an IPv6 address; delete the line"]));

    [Test]
    public void An_inherited_v6only_may_meet_an_IPv4_address() =>
        Assert.That(ProblemsOf($"listen = \"127.0.0.1:9003\"\n{Exec}", superdToml: "defaults.v6only = true"), Is.Empty);

    [Test]
    public void A_low_port_needs_root() =>
        Assert.That(
            ProblemsOf(
                $"listen = [80, \"127.0.0.1:1023\", 1024]\n{Exec}", Ordinary with { FirstFreePort = 1024 }).Select(line => line[..43]),
            Is.EqualTo(["1:11: error: port 80 needs root or CAP_NET_", "1:15: error: port 1023 needs root or CAP_NE"]));

    [Test]
    public void A_low_port_whose_socket_is_passed_needs_nothing()
    {
        HostContext host = Ordinary with { IsPassed = (service, address) => service == "han" && address.Port == 80 };

        Assert.That(ProblemsOf($"listen = 80\n{Exec}", host), Is.Empty);
        Assert.That(
            ProblemsOf($"listen = [80, 81]\n{Exec}", host).Select(line => line[..32]), Is.EqualTo(["1:15: error: port 81 needs root "]));
        Assert.That(
            ProblemsOf($"listen = \"udp://:80\"\nwait = true\n{Exec}", host).Select(line => line[..32]),
            Is.EqualTo(["1:10: error: port 80 needs root "]),
            "what is passed is TCP");
    }

    [TestCase(80, 0ul)]
    [TestCase(1024, 1ul << 10)]
    public void A_low_port_is_free_with_the_capability_or_by_the_machines_setting(int firstFreePort, ulong capabilities) =>
        Assert.That(
            ProblemsOf($"listen = 80\n{Exec}", Ordinary with { FirstFreePort = firstFreePort, Capabilities = capabilities }), Is.Empty);

    [Test]
    public void A_service_without_an_address_is_an_error() =>
        Assert.That(
            ProblemsOf(Exec),
            Is.EqualTo(["error: listen is missing: a service needs an address; add listen = 9003, with a port of your choice"]));

    private static string SocketsOf(string service) => string.Join(" | ", DefinitionOf(service).Listen.Select(Show));

    private static string Show(ListenAddress address)
    {
        bool v6 = address.EndPoint.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        return $"{address}{(v6 && address.V6Only ? " v6only" : "")}{(address.Optional ? " optional" : "")}";
    }
}
