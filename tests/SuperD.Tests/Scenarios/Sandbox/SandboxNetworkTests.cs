using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Tests.Support;
using static SuperD.Tests.Scenarios.Sandbox.SandboxedHandler;

namespace SuperD.Tests.Scenarios.Sandbox;

/// <summary>network = "off": a handler has its client, and no way to anybody else; with its own socket neither.</summary>
public sealed class SandboxNetworkTests
{
    /// <summary>What a handler could try; each line prints its name and <c>ok</c> or an errno.</summary>
    private const string Probes = """
        import ctypes, errno, os, socket, struct, sys
        libc = ctypes.CDLL(None, use_errno=True)
        port, path = int(sys.argv[1]), sys.argv[2]
        address = struct.pack("=HH4s8x", socket.AF_INET, socket.htons(port), socket.inet_aton("127.0.0.1"))

        def call(name, result):
            print(name, "ok" if result >= 0 else errno.errorcode[ctypes.get_errno()], file=answer)

        def attempt(name, action):
            try:
                action()
                print(name, "ok", file=answer)
            except OSError as error:
                print(name, errno.errorcode[error.errno], file=answer)

        class Answer:
            text = ""
            def write(self, part): self.text += part
        answer = Answer()

        attempt("tcp", lambda: socket.create_connection(("127.0.0.1", port)).close())
        attempt("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close())
        attempt("tcp6", lambda: socket.socket(socket.AF_INET6).close())
        attempt("netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close())
        attempt("packet", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close())
        attempt("vsock", lambda: socket.socket(socket.AF_VSOCK).close())
        attempt("unix", lambda: socket.socket(socket.AF_UNIX).connect(path))
        attempt("pair", lambda: [one.close() for one in socket.socketpair()])
        call("disconnect", libc.connect(0, struct.pack("=H14x", socket.AF_UNSPEC), 16))
        call("fastopen", libc.sendto(0, b"x", 1, 0x20000000, address, 16))
        call("disconnect again", libc.connect(0, struct.pack("=H14x", socket.AF_UNSPEC), 16))
        call("reconnect", libc.connect(0, address, 16))
        libc.connect(0, struct.pack("=H14x", socket.AF_UNSPEC), 16)
        call("bind", libc.bind(0, struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton("127.0.0.1")), 16))
        call("listen", libc.listen(0, 1))
        libc.fcntl(0, 4, os.O_NONBLOCK)
        call("accept", libc.accept(0, None, None))
        print(answer.text, end="", file=sys.stderr)
        """;

    private Socket _other = null!; // set before each test
    private TempDir _directory = null!; // set before each test

    private static IEnumerable<string> Everybody => Users;

    [SetUp]
    public void ListenElsewhere()
    {
        _directory = new TempDir();
        _other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _other.Listen();
    }

    [TearDown]
    public void Close()
    {
        _other.Dispose();
        _directory.Dispose();
    }

    [TestCaseSource(nameof(Everybody))]
    public void Without_a_sandbox_every_way_is_open(string user)
    {
        Dictionary<string, string> results = Probe(user, "none", "");
        string[] open = ["tcp", "udp", "unix", "pair", "netlink", "disconnect", "reconnect", "listen"];
        Assert.That(open.Where(name => results[name] != "ok"), Is.Empty);
    }

    [TestCase("basic", "network = 'off'\n")]
    [TestCase("strict", "")]
    public void Without_a_network_no_way_is_open_but_that_to_the_machines_own_sockets(string profile, string keys)
    {
        foreach (string user in Users)
        {
            Dictionary<string, string> results = Probe(user, profile, keys);
            string[] open = [.. results.Where(result => result.Value == "ok").Select(result => result.Key)];
            Assert.That(open, Is.SubsetOf(new[] { "unix", "pair", "disconnect", "disconnect again" }), user);
            Assert.That((results["unix"], results["pair"]), Is.EqualTo(("ok", "ok")), user);
            Assert.That(
                (results["tcp"], results["udp"], results["tcp6"]), Is.EqualTo(("EAFNOSUPPORT", "EAFNOSUPPORT", "EAFNOSUPPORT")), user);
            Assert.That((results["listen"], results["accept"], results["bind"]), Is.EqualTo(("EPERM", "EPERM", "EPERM")), user);
            Assert.That(results["reconnect"], Is.EqualTo("EACCES").Or.EqualTo("EPERM"), user);
            Assert.That(results["fastopen"], Is.EqualTo("EPERM"), user);
        }
    }

    [TestCaseSource(nameof(Everybody))]
    public void Basic_reaches_the_network_and_no_rare_family(string user)
    {
        Dictionary<string, string> results = Probe(user, "basic", "");
        Assert.That(
            (results["tcp"], results["udp"], results["netlink"], results["unix"]), Is.EqualTo(("ok", "ok", "ok", "ok")));
        Assert.That((results["packet"], results["vsock"]), Is.EqualTo(("EAFNOSUPPORT", "EAFNOSUPPORT")));
    }

    [Test]
    public void A_client_over_a_unix_socket_is_served_without_a_network()
    {
        string toml = Toml(AnyUser, "strict", TomlText.ExecShell("read line; echo got $line"))
            .Replace("127.0.0.1:0", $"unix:{_directory["socket"]}");
        using Daemon daemon = Daemon.Start(("held", toml + "socket_mode = '0666'\n"));
        using Client client = new(new UnixDomainSocketEndPoint(_directory["socket"]));
        Assert.That(client.Send("it\n").ReadToEnd(), Is.EqualTo("got it\n"));
    }

    private Dictionary<string, string> Probe(string user, string profile, string keys)
    {
        string path = _directory[$"{Guid.NewGuid():N}"];
        using var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        unix.Bind(new UnixDomainSocketEndPoint(path));
        unix.Listen();
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("777", 8));
        int port = ((IPEndPoint)_other.LocalEndPoint!).Port; // bound
        using SandboxedHandler handler =
            new(user, profile, $"exec = {TomlText.Of(Program("python3"), "-c", Probes, $"{port}", path)}\n{keys}");
        using Client client = handler.Daemon.Connect(Service);
        _ = handler.Daemon.WaitFor("end", Service);
        return handler.Daemon.Log.Where(line => line.Is("stderr", Service)).Select(line => line["text"].Split(' '))
            .ToDictionary(words => string.Join(' ', words[..^1]), words => words[^1]);
    }
}
