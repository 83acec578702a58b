using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Sandbox;

/// <summary>
/// A hundred ways out of a sandbox, tried by a handler as root and as nobody: escape.c beside this file. What comes through is what
/// src/docs/sandbox.md says that a sandbox does not hold, and nothing else.
/// </summary>
public sealed class EscapeTests
{
    private const string Escaped = "ESCAPED";

    /// <summary>The client's own socket, and others: <c>network = "on"</c>.</summary>
    private static readonly string[] s_network =
        ["connect_elsewhere", "send_datagram", "reconnect", "reconnect_by_sending", "listen_on_socket"];

    /// <summary>What the user owns: a mode is not Landlock's business.</summary>
    private static readonly string[] s_owned = ["change_mode"];

    /// <summary>What no process can do on every machine, even as root and without a sandbox.</summary>
    private static readonly string[] s_rare =
    [
        "inherited_descriptors", "open_memory", "open_kernel_log", "open_disk", "write_sysrq", "write_uevent_helper", "kill_cgroup",
        "leave_cgroup", "become_root", "foreign_calls", "old_calls", "load_module", "load_kernel", "use_ports", "open_crypto",
        "open_vsock", "open_audit", "open_packets", "type_into_terminal", "fault_memory", "load_bpf", "watch_processor", "set_quota",
        "keep_account", "move_pages_of", "advise_memory", "compare_kernel_objects", "watch_all_files", "read_kernel_log", "io_uring",
    ];

    private TempDir _directory = null!; // set before each test
    private OutsideDir _others = null!; // set before each test
    private Socket _listener = null!; // set before each test
    private Socket _abstract = null!; // set before each test

    /// <summary>The files of others are not below /tmp, which basic may change.</summary>
    [SetUp]
    public void MakeOthers()
    {
        Needs.Root();
        _directory = new TempDir();
        _others = new OutsideDir();
        _others.Write("secret", "secret");
        _others.Write("program", "#!/bin/sh\n");
        Array.ForEach(["file", "prey", "mine"], name => _others.Write($"shared/{name}", "x"));
        Tool.Run("/bin/chmod", "-R", "a+rwX", _others.Path);
        Tool.Run("/bin/chmod", "a+x", _others["program"]);
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _abstract = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _abstract.Bind(new UnixDomainSocketEndPoint("\0" + AbstractName));
        _abstract.Listen();
    }

    [TearDown]
    public void DeleteOthers()
    {
        _listener?.Dispose();
        _abstract?.Dispose();
        _directory?.Dispose();
        _others?.Dispose();
    }

    private string AbstractName => Path.GetFileName(_others.Path);

    [Test]
    public void Without_a_sandbox_root_does_all_of_it() =>
        Assert.That(Refused(Try("root", "none")).Except(s_rare), Is.Empty, "each attempt can succeed");

    [Test]
    public void Without_a_sandbox_a_user_alone_holds_little() =>
        Assert.That(EscapesOf(Try("nobody", "none")), Is.SupersetOf(["read_file", "write_file", "read_environment", "send_signal"]));

    [Test]
    public void From_basic_nobody_comes_further_than_the_network([Values("root", "nobody")] string user) =>
        Assert.That(EscapesOf(Try(user, "basic")), Is.SubsetOf(s_network.Concat(OwnedBy(user))));

    [Test]
    public void From_strict_nobody_comes_anywhere([Values("root", "nobody")] string user) =>
        Assert.That(EscapesOf(Try(user, "strict")), Is.SubsetOf(OwnedBy(user)));

    [Test]
    public void From_a_jail_nobody_comes_anywhere([Values("root", "nobody", "dynamic")] string user) =>
        Assert.That(EscapesOf(Try(user, "jail", "jail = { tmp = 0 }\n")), Is.Empty);

    [Test]
    public void A_user_of_its_own_owns_nothing() => Assert.That(EscapesOf(Try("dynamic", "strict")), Is.Empty);

    [TestCase("basic", "")]
    [TestCase("strict", "")]
    [TestCase("jail", "jail = { tmp = 0 }\n")]
    public void A_user_that_a_superd_of_nobody_has_by_subuid_comes_no_further(string profile, string keys) =>
        Assert.That(EscapesOf(Try("dynamic", profile, keys, superd: "nobody")), Is.SubsetOf(profile == "basic" ? s_network : []));

    private static string[] OwnedBy(string user) => user == "root" ? s_owned : [];

    private static IEnumerable<string> EscapesOf(Dictionary<string, string> results) =>
        results.Where(result => result.Value == Escaped).Select(result => result.Key);

    private static IEnumerable<string> Refused(Dictionary<string, string> results) =>
        results.Where(result => result.Value != Escaped).Select(result => result.Key);

    /// <summary>The result of each attempt, by its name.</summary>
    private Dictionary<string, string> Try(string user, string profile, string keys = "", string superd = "root")
    {
        string source = File.ReadAllText(Repository.PathOf("tests/SuperD.Tests/Scenarios/Sandbox/escape.c"));
        using TempDir programs = new();
        string program = CProgram.Compile(programs, "escape", source);
        string privileged = programs["privileged"];
        File.Copy(program, privileged);
        Tool.Run("/bin/chmod", "4755", privileged);
        string place = _directory.MakeDirectory("place", "777");

        // The other is a handler of the same superd and user without a sandbox.
        const int First = 1_100_000_000, Count = 16;
        using Daemon daemon = Daemon.Start(
            superd == "root"
                ? new DaemonOptions()
                : new DaemonOptions { Wrapper = SubordinateUsers.Give(superd, First, Count), Directory = new TempDir().GiveTo(superd) },
            ("other", SandboxedHandler.Toml(user, "none", TomlText.ExecShell($"exec 3<{_others["secret"]}; echo; sleep 60"))));
        using Client other = daemon.Connect("other");
        other.ReadLine();
        string group = File.ReadLines($"/proc/{daemon.HandlerOf(other)}/cgroup").Last().Split(':')[2];
        string[] arguments =
        [
            program, place, _others.Path, $"{daemon.HandlerOf(other)}", $"{daemon.Pid}", $"{((IPEndPoint)_listener.LocalEndPoint!).Port}",
            AbstractName, privileged, $"/sys/fs/cgroup/unified{group}",
        ];
        string writable = profile == "none" ? "" : $"writable = [{TomlText.Of(place)}]\n";
        daemon.Write("held", SandboxedHandler.Toml(user, profile, $"exec = {TomlText.Of(arguments)}\n{writable}{keys}"));
        _ = daemon.Reload();
        using (Client client = daemon.Connect("held"))
        {
            _ = daemon.WaitFor("end", "held");
        }

        string[] lines = File.ReadAllLines(Path.Combine(place, "results"));
        Assert.That(lines[^1], Is.EqualTo("end"), "all were tried");
        Dictionary<string, string> results = lines[..^1].Select(line => line.Split(' ')).ToDictionary(words => words[0], words => words[1]);
        TestContext.Out.WriteLine($"{user} {profile}: {results.Count} attempts, {EscapesOf(results).Count()} escaped: "
            + string.Join(' ', EscapesOf(results)));
        return results;
    }
}
