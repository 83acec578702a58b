using System.Globalization;
using System.Net;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Handlers;

/// <summary>The attributes of a running handler, as the kernel shows them.</summary>
public sealed class ProcessAttributesTests
{
    // ── user and groups ──

    [Test]
    public void Without_keys_a_handler_runs_as_superd_does()
    {
        using var cat = new CatHandler();

        foreach (string field in (string[])["Uid", "Gid", "Groups"])
        {
            Assert.That(ProcFs.Status(cat.Pid, field), Is.EqualTo(ProcFs.Status(cat.Daemon.Pid, field)), field);
        }
    }

    [Test]
    public void A_user_brings_its_group_and_its_supplementary_groups()
    {
        Needs.Root();
        string user = UserWithGroups();
        using var cat = new CatHandler($"user = '{user}'");

        AssertIds(cat, Tool.Run("id", "-u", user), Tool.Run("id", "-g", user));
        Assert.That(Words(cat, "Groups"), Is.EquivalentTo(Tool.Run("id", "-G", user).Split(' ')));
        Assert.That(ProcFs.Status(cat.Pid, "CapEff"), Is.EqualTo("0000000000000000"));
        Assert.That(ProcFs.Status(cat.Pid, "CapPrm"), Is.EqualTo("0000000000000000"));
    }

    [Test]
    public void Group_and_groups_replace_those_of_the_user()
    {
        Needs.Root();
        using var cat = new CatHandler("user = 'nobody'\ngroup = 'daemon'\ngroups = ['daemon', 'bin']");

        AssertIds(cat, Tool.Run("id", "-u", "nobody"), Tool.Run("id", "-g", "daemon"));
        Assert.That(Words(cat, "Groups"), Is.EquivalentTo(new[] { Tool.Run("id", "-g", "daemon"), Tool.Run("id", "-g", "bin") }));
    }

    [Test]
    public void An_empty_list_of_groups_means_none()
    {
        Needs.Root();
        using var cat = new CatHandler($"user = '{UserWithGroups()}'\ngroups = []");

        Assert.That(Words(cat, "Groups"), Is.Empty);
    }

    [Test]
    public void A_number_without_an_entry_in_passwd_is_a_user_without_groups()
    {
        Needs.Root();
        using var cat = new CatHandler("user = 54320\ngroup = 54319");

        AssertIds(cat, "54320", "54319");
        Assert.That(Words(cat, "Groups"), Is.Empty);
    }

    [Test]
    public void A_superd_with_the_capabilities_alone_changes_users_too_and_keeps_them_to_itself()
    {
        CapableUser.Need();
        using var cat = new CatHandler("user = 'nobody'", new DaemonOptions { Wrapper = CapableUser.Wrapper });

        Assert.That(ProcFs.Status(cat.Daemon.Pid, "Uid"), Does.StartWith(CapableUser.Id));
        AssertIds(cat, Tool.Run("id", "-u", "nobody"), Tool.Run("id", "-g", "nobody"));
        Assert.That(ProcFs.Status(cat.Pid, "CapEff"), Is.EqualTo("0000000000000000"), "nobody with CAP_SETUID would be root");
    }

    /// <summary>A child of another user shares superd's memory, and takes superd's own files in /proc from it.</summary>
    [Test]
    public void A_superd_with_the_capabilities_alone_goes_on_as_before_after_a_launch()
    {
        CapableUser.Need();
        using TempDir directory = new TempDir().GiveTo(CapableUser.Id);
        string exec = TomlText.ExecShell("cat /proc/self/oom_score_adj");
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Wrapper = CapableUser.Wrapper, Directory = directory },
            ("mark", $"listen = '127.0.0.1:0'\nuser = 'nobody'\noom_score_adj = 500\n{exec}"));

        Assert.That(Ask(), Is.EqualTo("500\n"));
        Assert.That(Ask(), Is.EqualTo("500\n"));
        daemon.Upgrade();
        Assert.That(Ask(), Is.EqualTo("500\n"));

        string Ask()
        {
            using Client client = daemon.Connect("mark");
            return client.ReadToEnd();
        }
    }

    // ── umask, nice, directories ──

    [TestCase("", "0022")]
    [TestCase("umask = '077'", "0077")]
    [TestCase("umask = '000'", "0000")]
    public void The_umask_is_the_services_whatever_superds_is(string keys, string expected)
    {
        using var cat = new CatHandler(keys, Through("umask 027"));

        Assert.That(ProcFs.Status(cat.Daemon.Pid, "Umask"), Is.EqualTo("0027"));
        Assert.That(ProcFs.Status(cat.Pid, "Umask"), Is.EqualTo(expected));
    }

    /// <summary>The nice value that results from <c>nice -n 3</c> in the tests.</summary>
    private static readonly string s_nicer =
        Math.Min(
            19, int.Parse(ProcFs.Stat(Environment.ProcessId, 19), CultureInfo.InvariantCulture) + 3).ToString(CultureInfo.InvariantCulture);

    [TestCase("nice = 7", "7")]
    [TestCase("nice = 0", "0")]
    [TestCase("nice = -5", "-5")]
    public void Nice_is_absolute_and_root_may_go_below_superds_own(string keys, string expected)
    {
        Needs.Root();
        using var cat = new CatHandler(keys, new DaemonOptions { Wrapper = ["nice", "-n", "3"] });

        Assert.That(ProcFs.Stat(cat.Pid, 19), Is.EqualTo(expected));
        Assert.That(ProcFs.Stat(cat.Daemon.Pid, 19), Is.EqualTo(s_nicer));
    }

    [Test]
    public void Without_keys_a_handler_starts_in_the_root_directory_and_as_nice_as_superd()
    {
        using var cat = new CatHandler(options: new DaemonOptions { Wrapper = ["nice", "-n", "3"] });

        Assert.That(Link(cat, "cwd"), Is.EqualTo("/"));
        Assert.That(ProcFs.Stat(cat.Pid, 19), Is.EqualTo(s_nicer));
    }

    [Test]
    public void A_handler_starts_in_its_directory()
    {
        using var directory = new TempDir();
        string srv = directory.MakeDirectory("a b ü");
        using var cat = new CatHandler($"directory = {TomlText.Of(srv)}");

        Assert.That(Link(cat, "cwd"), Is.EqualTo(srv));
    }

    [TestCase("", "")]
    [TestCase("directory = '/srv'\nuser = 'nobody'", "/srv")]
    public void In_a_chroot_program_and_directory_are_inside(string keys, string directory)
    {
        Needs.Root();
        Needs.File("/bin/busybox");
        using var root = new TempDir();
        root.MakeDirectory("srv");
        root.MakeDirectory("bin");
        File.Copy("/bin/busybox", root["bin/busybox"]);
        using Daemon daemon = Daemon.Start(
            ("jail", $"listen = '127.0.0.1:0'\nexec = ['/bin/busybox', 'cat']\nchroot = {TomlText.Of(root.Path)}\n{keys}\n"));
        using Client client = daemon.Connect("jail");
        Assert.That(client.Send("up\n").ReadLine(), Is.EqualTo("up"));
        int pid = daemon.HandlerOf(client);

        Assert.That(ProcFs.Link(pid, "root"), Is.EqualTo(root.Path));
        Assert.That(ProcFs.Link(pid, "cwd"), Is.EqualTo(root.Path + directory));
        Assert.That(ProcFs.Link(pid, "exe"), Is.EqualTo(root["bin/busybox"]));
    }

    // ── limits ──

    [Test]
    public void Every_resource_limit_reaches_the_handler()
    {
        using var cat = new CatHandler("""
            [rlimit]
            as = "512M"
            core = 0
            cpu = "10s:20s"
            data = "256M"
            fsize = "100M"
            memlock = "32K:64K"
            nofile = "100:200"
            nproc = "100:200"
            rss = "128M"
            stack = "1M:8M"
            """);

        (string Soft, string Hard) Limit(string name) => ProcFs.Limit(cat.Pid, name);
        Assert.That(Limit("Max address space"), Is.EqualTo(("536870912", "536870912")));
        Assert.That(Limit("Max core file size"), Is.EqualTo(("0", "0")));
        Assert.That(Limit("Max cpu time"), Is.EqualTo(("10", "20")));
        Assert.That(Limit("Max data size"), Is.EqualTo(("268435456", "268435456")));
        Assert.That(Limit("Max file size"), Is.EqualTo(("104857600", "104857600")));
        Assert.That(Limit("Max locked memory"), Is.EqualTo(("32768", "65536")));
        Assert.That(Limit("Max open files"), Is.EqualTo(("100", "200")));
        Assert.That(Limit("Max processes"), Is.EqualTo(("100", "200")));
        Assert.That(Limit("Max resident set"), Is.EqualTo(("134217728", "134217728")));
        Assert.That(Limit("Max stack size"), Is.EqualTo(("1048576", "8388608")));
    }

    [TestCase("", "1000000", "unlimited")]
    [TestCase("rlimit.core = 'unlimited'", "unlimited", "unlimited")]
    [TestCase("rlimit.core = '2M:unlimited'", "2097152", "unlimited")]
    public void A_limit_is_superds_own_or_lifted(string keys, string soft, string hard)
    {
        Needs.Success("prlimit", "--core=1000000:unlimited", "true");
        using var cat = new CatHandler(keys, new DaemonOptions { Wrapper = ["prlimit", "--core=1000000:unlimited"] });

        Assert.That(ProcFs.Limit(cat.Pid, "Max core file size"), Is.EqualTo((soft, hard)));
    }

    [Test]
    public void The_soft_limit_of_open_files_is_the_one_superd_was_started_with_though_superd_raises_its_own()
    {
        // The shell stays superd's parent: if the runtime has raised the limit already, the parent shows the original.
        using var cat = new CatHandler(options: new DaemonOptions { Wrapper = ["sh", "-c", "ulimit -Sn 512; \"$@\"; exit $?", "sh"] });
        (string soft, string hard) = ProcFs.Limit(cat.Daemon.Pid, "Max open files");

        Assert.That(soft, Is.EqualTo(hard));
        Assert.That(ProcFs.Limit(cat.Pid, "Max open files"), Is.EqualTo(("512", hard)));
    }

    // ── groups, sessions, signals ──

    [Test]
    public void A_handler_leads_a_process_group_of_its_own_in_superds_session_when_that_has_no_terminal()
    {
        Needs.Program("setsid");
        Needs.Cgroups(); // without cgroups superd finds a handler's processes by their session
        using var cat = new CatHandler(options: new DaemonOptions { Wrapper = ["setsid"] });

        Assert.That(ProcFs.ProcessGroup(cat.Pid), Is.EqualTo(cat.Pid));
        Assert.That(ProcFs.Session(cat.Pid), Is.EqualTo(ProcFs.Session(cat.Daemon.Pid)));
    }

    [Test]
    public void A_handler_leads_a_session_of_its_own_when_superd_has_a_terminal()
    {
        Needs.Program("python3");
        using var cat = new CatHandler(options: new DaemonOptions { Wrapper = OnTerminal() });
        Assert.That(ProcFs.Terminal(cat.Daemon.Pid), Is.Not.Zero, "superd has a controlling terminal");

        Assert.That(ProcFs.Session(cat.Pid), Is.EqualTo(cat.Pid));
        Assert.That(ProcFs.ProcessGroup(cat.Pid), Is.EqualTo(cat.Pid));
        Assert.That(ProcFs.Terminal(cat.Pid), Is.Zero);
    }

    [Test]
    public void A_handler_blocks_and_ignores_no_signal_though_superd_ignores_SIGPIPE()
    {
        using var cat = new CatHandler();

        Assert.That(ProcFs.Signals(cat.Daemon.Pid, "SigIgn"), Does.Contain(Signal.SIGPIPE));
        Assert.That(ProcFs.Signals(cat.Pid, "SigIgn"), Is.Empty);
        Assert.That(ProcFs.Signals(cat.Pid, "SigBlk"), Is.Empty);
    }

    private static void AssertIds(CatHandler cat, string user, string group)
    {
        // Real, effective, saved and file system id.
        Assert.That(Words(cat, "Uid"), Is.EqualTo(Enumerable.Repeat(user, 4)));
        Assert.That(Words(cat, "Gid"), Is.EqualTo(Enumerable.Repeat(group, 4)));
    }

    private static string[] Words(CatHandler cat, string field) =>
        ProcFs.Status(cat.Pid, field).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static string Link(CatHandler cat, string name) => ProcFs.Link(cat.Pid, name);

    /// <summary>A user with a group besides its own; daemon if there is none.</summary>
    private static string UserWithGroups() => File.ReadLines("/etc/group")
        .SelectMany(line => line.Split(':')[3].Split(',', StringSplitOptions.RemoveEmptyEntries))
        .FirstOrDefault(user => user != "root" && Tool.Succeeds("id", user), "daemon");

    /// <summary>Starts superd from a shell script.</summary>
    private static DaemonOptions Through(string script) => new() { Wrapper = ["sh", "-c", script + "; exec \"$@\"", "sh"] };

    /// <summary>Starts superd on a terminal of its own, except for stderr.</summary>
    private static string[] OnTerminal() =>
    [
        "python3", "-c",
        """
        import os, pty, sys
        stderr = os.dup(2)
        pid, terminal = pty.fork()
        if pid == 0:
            os.dup2(stderr, 2)
            os.execv(sys.argv[1], sys.argv[1:])
        os.close(stderr)
        os.close(2)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        """,
    ];
}
