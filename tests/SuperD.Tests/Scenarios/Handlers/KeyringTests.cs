using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Handlers;

/// <summary>What a handler of another user has of superd's session keyring: nothing.</summary>
[TestFixture]
public sealed class KeyringTests
{
    private const string Service = "keys", FirstUser = "1000390000";

    /// <summary>Answers whether it finds superd's key, and whether it may add one to its session.</summary>
    private const string Script = $"""
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        print(libc.syscall(250, 10, -3, b"user", b"{SessionKey.Name}", 0) > 0,
              libc.syscall(248, b"user", b"superd-own", b"x", 1, -3) > 0 or ctypes.get_errno(), flush=True)
        input()
        """;

    /// <summary>Makes the command that follows root of a user namespace, where a number of users begins at another one.</summary>
    private const string Contain = $$"""
        import ctypes, os, sys
        pid, (reading, writing) = os.getpid(), os.pipe()
        mapper = os.fork()
        if mapper == 0:
            os.read(reading, 1)
            for name in "uid_map", "gid_map":
                open(f"/proc/{pid}/{name}", "w").write("0 {{FirstUser}} 65536")
            os._exit(0)
        if ctypes.CDLL(None).unshare(0x10000000) != 0:
            sys.exit("no user namespace")
        os.write(writing, b"x")
        if os.waitpid(mapper, 0)[1] != 0:
            sys.exit("no map")
        os.setgroups([]); os.setgid(0); os.setuid(0)
        os.execvp(sys.argv[1], sys.argv[1:])
        """;

    private static readonly string[] s_container = ["/usr/bin/python3", "-c", Contain];

    [SetUp]
    public void NeedKeyrings()
    {
        Needs.Root();
        SessionKey.Need();
    }

    [Test]
    public void A_handler_of_root_s_superd_has_one_of_its_own() =>
        Assert.That(AskAll(1, [], "root"), Is.EqualTo(["False True"]));

    [Test]
    public void A_handler_of_a_superd_that_can_change_users_has_a_closed_one()
    {
        CapableUser.Need();
        Assert.That(AskAll(1, CapableUser.Wrapper, CapableUser.Id), Is.EqualTo(["False 13"]));
    }

    /// <summary>The kernel allows the root of a container 200 keys.</summary>
    [Test]
    public void More_handlers_than_keys_are_served_in_a_container()
    {
        const int Many = 210;
        Needs.Success(s_container[0], [.. s_container[1..], "true"]);
        Assert.That(string.Join(", ", AskAll(Many, s_container, FirstUser).Distinct()), Is.EqualTo("False 13"));
    }

    /// <summary>What handlers answer that live at the same time.</summary>
    private static string[] AskAll(int count, string[] wrapper, string user)
    {
        using TempDir directory = new TempDir().GiveTo(user);
        string exec = $"exec = {TomlText.Of("/usr/bin/python3", "-c", Script)}\n";
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Wrapper = [.. wrapper, .. SessionKey.Wrapper], Directory = directory },
            (Service, $"listen = '127.0.0.1:0'\nuser = 'nobody'\ninstances = {count}\n{exec}"));
        List<Client> clients = [];
        try
        {
            for (int i = 0; i < count; i++)
            {
                clients.Add(daemon.Connect(Service));
            }

            return [.. clients.Select(client => client.ReadLine())];
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }
}
