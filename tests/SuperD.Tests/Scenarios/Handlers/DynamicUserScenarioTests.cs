using System.Globalization;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Handlers;

/// <summary>
/// user = "dynamic": each connection has a user of its own, from a superd of root and from one of nobody, who has them by subuid(5).
/// </summary>
[TestFixture("root")]
[TestFixture("nobody")]
public sealed class DynamicUserScenarioTests(string who)
{
    /// <summary>Far from what a machine has, and different for tests that run at the same time.</summary>
    private static int s_next = 1_000_000_000;

    private int _first;
    private TempDir _directory = null!; // set before each test

    [SetUp]
    public void NeedRoot()
    {
        Needs.Root();
        _first = Interlocked.Add(ref s_next, 100);
        _directory = new TempDir().GiveTo(who);
    }

    [TearDown]
    public void RemoveFiles() => _directory.Dispose();

    [Test]
    public void Connections_at_the_same_time_have_different_users_and_one_cannot_harm_another()
    {
        using Daemon daemon = Start(count: 3, "id -u; id -g; id -G; echo $$; read -r pid; kill -0 $pid; cat /proc/$pid/environ; cat");
        using Client first = daemon.Connect("held"), second = daemon.Connect("held");
        string[] one = [.. Lines(first, 4)], two = [.. Lines(second, 4)];

        Assert.That((one[1], one[2]), Is.EqualTo((one[0], one[0])), "its group has its number, and it has no other");
        Assert.That(int.Parse(one[0], CultureInfo.InvariantCulture), Is.InRange(_first, _first + 2));
        Assert.That(two[0], Is.Not.EqualTo(one[0]));
        Assert.That(UserOfConnection(daemon, one[3]), Is.EqualTo(one[0]), "ps knows it");

        string reply = second.Send($"{one[3]}\n").EndSending().ReadToEnd();
        Assert.That(reply, Does.Contain("kill").IgnoreCase.And.Contain("not permitted").IgnoreCase);
        Assert.That(reply, Does.Contain("Permission denied"), "of the environment");
    }

    [Test]
    public void A_user_is_given_again_only_when_its_processes_and_its_files_are_gone()
    {
        string name = $"superd-dynamic-{_first}";
        string script = $"""
            id -u
            cd /tmp; mkdir -p {name}/a/b; echo x > {name}/a/b/$(printf '\377'); ln -s /etc {name}/link; mkfifo {name}/a/fifo
            echo x > /dev/shm/{name}
            setsid sleep 60 < /dev/null > /dev/null 2>&1 &
            echo $!
            """;
        using Daemon daemon = Start(count: 1, script, "orphans = 'keep'\n");
        string[] answer = Ask(daemon).Split('\n');

        Assert.That(answer[0], Is.EqualTo($"{_first}"));
        LogLine failed = FailOnce(daemon);
        Assert.That(failed["step"], Is.EqualTo("user(dynamic)"), "its process is alive");

        Assert.That(Directory.Exists($"/tmp/{name}"), "nothing of it is removed while it lives");
        NativeMethods.Kill(int.Parse(answer[1], CultureInfo.InvariantCulture), 9);
        Patience.Until(() => !Directory.Exists($"/tmp/{name}") && !File.Exists($"/dev/shm/{name}"), "what it left is removed");
        Assert.That(Directory.Exists("/etc"), "a link is not followed");
        string again = "";
        Patience.Until(() => (again = Ask(daemon)).Length > 0, "the user is free");
        string[] second = again.Split('\n');
        Assert.That(second[0], Is.EqualTo($"{_first}"));
        NativeMethods.Kill(int.Parse(second[1], CultureInfo.InvariantCulture), 9);
        Patience.Until(() => !Directory.Exists($"/tmp/{name}") && !File.Exists($"/dev/shm/{name}"), "all of it again");
    }

    [Test]
    public void It_leaves_no_program_that_would_give_its_user_to_another()
    {
        Needs.File("/usr/bin/python3");
        const string script = """
            import os, tempfile
            file = tempfile.mkstemp()[1]
            for name, call in (
                ("chmod", lambda: os.chmod(file, 0o4755)),
                ("fchmod", lambda: os.fchmod(os.open(file, os.O_RDONLY), 0o2755)),
                ("mknod", lambda: os.mknod(file + "-made", 0o104755)),
                ("open", lambda: os.open(file + "-opened", os.O_CREAT | os.O_WRONLY, 0o4755)),
                ("plain", lambda: os.chmod(file, 0o755))):
                try:
                    call()
                    print(name, "done")
                except PermissionError:
                    print(name, "refused")
            print([line for line in open("/proc/self/status") if line.startswith("NoNewPrivs")])
            """;
        using Daemon daemon = Start(count: 1, $"exec /usr/bin/python3 -c '{script.Replace("'", "'\\''")}'");
        Assert.That(
            Ask(daemon),
            Is.EqualTo("chmod refused\nfchmod refused\nmknod refused\nopen refused\nplain done\n['NoNewPrivs:\\t1\\n']\n"));
    }

    [Test]
    public void What_a_killed_superd_left_keeps_its_user_from_the_next_one()
    {
        string name = $"/dev/shm/superd-dynamic-{_first}";
        File.WriteAllText(name, "");
        try
        {
            Tool.Run(Needs.Program("chown"), $"{_first}", name);
            using Daemon daemon = Start(count: 1, $"test -e {name} || echo clean; id -u");
            Assert.That(Ask(daemon), Is.EqualTo($"clean\n{_first}\n"));
        }
        finally
        {
            File.Delete(name);
        }
    }

    [Test]
    public void No_user_is_free_that_superd_could_not_look_at()
    {
        string left = $"/tmp/superd-dynamic-{_first}";
        using Daemon daemon = Start(count: 1, $"ls -d {left} 2>/dev/null; touch {left}; echo here; read -r line");
        using Client client = daemon.Connect("held");
        Assert.That(client.ReadLine(), Is.EqualTo("here"));
        var shortage = new DescriptorShortage(daemon);

        Assert.That(client.EndSending().ReadToEnd(), Is.Empty);
        Assert.That(daemon.WaitFor(line => line.Event == "users_unknown", "superd cannot look")["error"], Does.StartWith("Too many"));
        shortage.Dispose();

        string answer = "";
        Patience.Until(() => (answer = Ask(daemon)).Length > 0, "the user is free");
        Assert.That(answer, Is.EqualTo("here\n"), "nothing of the other connection is there");
    }

    [Test]
    public void A_user_stays_taken_through_a_reload_and_an_upgrade()
    {
        using Daemon daemon = Start(count: 2, "id -u; cat");
        using Client client = daemon.Connect("held");
        string user = Lines(client, 1).Single();

        daemon.Upgrade();
        string other = Ask(daemon).TrimEnd();
        Assert.That(other, Is.Not.EqualTo(user));
        Assert.That(client.Send("still\n").EndSending().ReadToEnd(), Is.EqualTo("still\n"));
        HashSet<string> seen = [];
        Patience.Until(
            () =>
            {
                seen.Add(Ask(daemon).TrimEnd());
                return seen.Contains(user);
            },
            "it is free after its end");
    }

    [TestCase("basic")]
    [TestCase("strict")]
    [TestCase("jail")]
    public void A_sandbox_and_a_user_of_its_own_go_together(string profile)
    {
        using Daemon daemon = Start(count: 2, "id -u; grep NoNewPrivs /proc/self/status", $"sandbox = '{profile}'\n");
        Assert.That(Ask(daemon), Does.Match(@"^1\d{9}\nNoNewPrivs:\t1\n$"));
    }

    [Test]
    public void A_file_that_has_another_group_is_removed_too()
    {
        string place = $"/tmp/superd-dynamic-{_first}";
        Directory.CreateDirectory(place);
        try
        {
            Tool.Run("chmod", "2777", place); // what is made in it has its group
            using Daemon daemon = Start(count: 1, $"mkdir {place}/made && touch {place}/made/file && stat -c %g {place}/made/file");
            Assert.That(Ask(daemon), Is.EqualTo(who == "root" ? "0\n" : "65534\n"), "which superd may have no right over");
            Patience.Until(() => !Directory.EnumerateFileSystemEntries(place).Any(), "it is removed");
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    [Test]
    public void Its_processes_are_ended_with_it_and_it_cannot_reach_superd()
    {
        string script = """
            trap '' TERM
            (setsid sh -c 'trap "" TERM; sleep 60' &) < /dev/null > /dev/null 2>&1
            read -r pid; kill -KILL $pid; cat /proc/$pid/environ; sleep 60
            """;
        using Daemon daemon = Start(count: 1, script, "run_timeout = '1s'\nstop_grace = '100ms'\n");
        using Client client = daemon.Connect("held");
        string reply = client.Send($"{daemon.Pid}\n").ReadToEnd();

        Assert.That(reply, Does.Contain("not permitted").IgnoreCase.And.Contain("Permission denied"));
        LogLine record = daemon.WaitFor("end", "held");
        Assert.That((record["reason"], record["signal"]), Is.EqualTo(("run_timeout", "KILL")));
        Patience.Until(
            () => !ProcessTable.All().SelectMany(ProcessTable.UsersOf).Contains((uint)_first), "the process that left its session is gone");
    }

    [Test]
    public void A_directory_of_somebody_else_that_it_has_moved_stays()
    {
        string place = $"/tmp/superd-dynamic-{_first}";
        string others = Directory.CreateDirectory($"{place}/others").FullName;
        File.WriteAllText($"{others}/file", "precious");
        try
        {
            Tool.Run("chmod", "777", place, others);
            using Daemon daemon = Start(
                count: 2, $"mkdir {place}/own && mv {place}/others {place}/own && touch {place}/own/made && echo moved");
            Assert.That(Ask(daemon), Is.EqualTo("moved\n"));
            _ = daemon.WaitFor(line => line.Event == "user_kept" && line["places"] == $"{place}/own", "its user is kept");
            Assert.That(File.ReadAllText($"{place}/own/others/file"), Is.EqualTo("precious"));
            Assert.That(File.Exists($"{place}/own/made"), Is.False, "what is its own is removed all the same");
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    [Test]
    public void It_has_a_session_keyring_of_its_own_and_leaves_no_key()
    {
        const string script = $"""
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            add_key, keyctl, search, link, session, user = 248, 250, 10, 8, -3, -4
            print(libc.syscall(keyctl, search, session, b"user", b"{SessionKey.Name}", 0) > 0,
                  libc.syscall(keyctl, search, user, b"user", b"superd-left", 0) > 0)
            print(libc.syscall(add_key, b"user", b"superd-left", b"x", 1, user) > 0)
            """;
        SessionKey.Need();
        using Daemon daemon = Start(
            count: 1, $"exec /usr/bin/python3 -c '{script.Replace("'", "'\\''")}'", wrapper: SessionKey.Wrapper);
        Assert.That(Ask(daemon), Is.EqualTo("False False\nTrue\n"));
        string second = "";
        Patience.Until(() => (second = Ask(daemon)).Length > 0, "the user is free");
        Assert.That(second, Is.EqualTo("False False\nTrue\n"));
    }

    /// <summary>Each process lives for less than a look of superd, and longer than the whole of them is a sentence of KILL.</summary>
    [Test]
    public void A_chain_of_processes_that_outruns_superd_is_ended()
    {
        Needs.File("/usr/bin/python3");
        string mark = $"{_directory.Path}/outran";
        string script = $"""
            import os, signal, time
            for one in range(1, 65):
                if one not in (9, 19, 32, 33):
                    signal.signal(one, signal.SIG_IGN)
            end = time.time() + 100
            for chain in range(4):
                if os.fork() == 0:
                    while time.time() < end:
                        if os.fork():
                            os._exit(0)
                        os.setsid()
                        time.sleep(0.001)
                    open("{mark}", "w").close()
                    os._exit(0)
            """;
        using EndingMeans means = EndingMeans.Take("subreaper", "root");
        using Daemon daemon = Start(
            count: 1, $"exec /usr/bin/python3 -c '{script.Replace("'", "'\\''")}'", "stop_grace = '500ms'\n", means.Wrapper);
        _directory.OpenToAll();
        Assert.That(Ask(daemon), Is.Empty);
        _ = daemon.WaitFor("end", "held");
        Assert.That(File.Exists(mark), Is.False, "it was not superd that ended it");
        Assert.That(ProcessTable.All().SelectMany(ProcessTable.UsersOf).Contains((uint)_first), Is.False);
    }

    [Test]
    public void Two_superds_with_one_range_never_have_the_same_user()
    {
        using Daemon daemon = Start(count: 2, "id -u; cat");
        using TempDir directory = new TempDir().GiveTo(who);
        using Daemon other = Start(directory, count: 2, "id -u; cat");
        using Client one = daemon.Connect("held"), another = other.Connect("held");
        Assert.That(new[] { Lines(one, 1).Single(), Lines(another, 1).Single() }, Is.EquivalentTo([$"{_first}", $"{_first + 1}"]));

        daemon.Upgrade();
        using (Client third = other.Connect("held"))
        {
            Assert.That(third.EndSending().ReadToEnd(), Is.Empty, "the upgrade has kept the claim");
        }

        Assert.That(other.WaitFor("launch_failed", "held")["step"], Is.EqualTo("user(dynamic)"));
        _ = one.EndSending().ReadToEnd();
        string answer = "";
        Patience.Until(
            () =>
            {
                using Client fourth = other.Connect("held");
                return (answer = fourth.EndSending().ReadToEnd()).Length > 0;
            },
            "what one has cleared, another may have");
    }

    /// <summary>As another superd does while it looks what was left.</summary>
    [Test]
    public void A_client_waits_while_another_superd_claims_every_user_for_a_moment()
    {
        const string Claim = """
            import fcntl, struct, sys
            claim = struct.pack("hhqqi", fcntl.F_WRLCK, 0, int(sys.argv[2]), int(sys.argv[3]), 0)
            file = open(sys.argv[1], "r+")
            fcntl.fcntl(file, 38, claim) # F_OFD_SETLKW
            print("claimed", flush=True)
            input()
            """;
        const int Count = 3;
        string claims = who == "root" ? "/run/superd-users.lock" : $"/tmp/superd-users-{Tool.Run("id", "-u", who).Trim()}.lock";
        using Daemon daemon = Start(Count, "echo in");
        Assert.That(Ask(daemon), Is.EqualTo("in\n"));
        using RunningProgram other = new("/usr/bin/python3", ["-c", Claim, claims, $"{_first}", $"{Count}"]);
        Assert.That(other.Output.TryReadLine(Patience.Limit, out string? line) ? line : null, Is.EqualTo("claimed"));

        using Client client = daemon.Connect("held");
        Thread.Sleep(300); // less than superd's patience: the claim ends while the client waits
        other.EndInput();

        Assert.That(client.ReadToEnd(), Is.EqualTo("in\n"));
        Assert.That(daemon.Log.Any(line => line.Event == "launch_failed"), Is.False);
    }

    [Test]
    public void When_all_users_are_taken_the_launch_fails_and_says_so()
    {
        using Daemon daemon = Start(count: 1, "echo in; cat");
        using Client client = daemon.Connect("held");
        Lines(client, 1);

        LogLine failed = FailOnce(daemon);
        Assert.That(failed.ToString(), Does.Contain("are taken; write a larger range in superd.toml"));
    }

    private static string Ask(Daemon daemon)
    {
        using Client client = daemon.Connect("held");
        return client.EndSending().ReadToEnd();
    }

    private static LogLine FailOnce(Daemon daemon)
    {
        Assert.That(Ask(daemon), Is.Empty);
        return daemon.WaitFor("launch_failed", "held");
    }

    private static List<string> Lines(Client client, int count)
    {
        List<string> lines = [];
        while (lines.Count < count)
        {
            lines.Add(client.ReadLine());
        }

        return lines;
    }

    private static string UserOfConnection(Daemon daemon, string pid) =>
        ConsoleSocket.Ask(daemon, """{"command":"connections"}""").GetProperty("connections").EnumerateArray()
            .Single(connection => $"{connection.GetProperty("pid")}" == pid)
            .GetProperty("user_id").ToString();

    private Daemon Start(int count, string script, string keys = "", params string[] wrapper) =>
        Start(_directory, count, script, keys, wrapper);

    private Daemon Start(TempDir directory, int count, string script, string keys = "", params string[] wrapper) => Daemon.Start(
        new DaemonOptions
        {
            Top = $"dynamic_users = '{_first}-{_first + count - 1}'\n",
            Directory = directory,
            Wrapper = who == "root" ? wrapper : [.. wrapper, .. SubordinateUsers.Give(who, _first, count)],
        },
        ("held", $"listen = '127.0.0.1:0'\nuser = 'dynamic'\nstderr = 'socket'\n{keys}{TomlText.ExecShell(script)}"));
}
