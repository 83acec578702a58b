using System.Globalization;
using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;
using static SuperD.Tests.Scenarios.Sandbox.SandboxedHandler;

namespace SuperD.Tests.Scenarios.Sandbox;

/// <summary>Jails over superd's life: how handlers end, many launches, reloads, an upgrade, and what cannot be made.</summary>
public sealed class JailLifeTests
{
    /// <summary>What all handlers of a service share; the mount namespace is of one connection.</summary>
    private const string Namespaces = "for each in net ipc uts; do readlink /proc/self/ns/$each; done";

    private TempDir _directory = null!; // set before each test

    private static IEnumerable<string> Everybody => Jails.All;

    private static IEnumerable<string> Privileged => Jails.OfRoot;

    private static IEnumerable<string[]> Means => [["cgroups", "root"], ["subreaper", "root"]];

    [SetUp]
    public void MakeDirectory() => _directory = new TempDir();

    [TearDown]
    public void DeleteDirectory() => _directory.Dispose();

    [TestCaseSource(nameof(Privileged))]
    public void A_first_process_that_does_not_act_on_TERM_is_killed_at_once(string who)
    {
        using SandboxedHandler handler = Jails.Start(
            who, TomlText.ExecShell("echo up; while :; do sleep 1000; done"), "run_timeout = '300ms'\nstop_grace = '1h'\n");
        using Client client = handler.Daemon.Connect(Service);
        Assert.That(client.ReadLine(), Is.EqualTo("up"));
        LogLine end = handler.Daemon.WaitFor("end", Service);
        Assert.That((end["signal"], end.Reason), Is.EqualTo(("KILL", "run_timeout")));
    }

    [TestCaseSource(nameof(Everybody))]
    public void One_that_traps_TERM_has_its_time(string who)
    {
        const string Script = "trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.05; done";
        using SandboxedHandler handler = Jails.Start(who, TomlText.ExecShell(Script), "run_timeout = '300ms'\nstop_grace = '1h'\n");
        using Client client = handler.Daemon.Connect(Service);
        Assert.That(client.ReadToEnd(), Does.StartWith("up\n").And.EndWith("bye\n"));
        Assert.That(handler.Daemon.WaitFor("end", Service)["exit"], Is.EqualTo("7"));
    }

    [Test]
    public void One_that_blocks_TERM_to_look_for_it_has_its_time()
    {
        const string Script = """
            import signal, sys, time
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
            print("up", flush=True)
            while signal.SIGTERM not in signal.sigpending():
                time.sleep(0.02)
            sys.exit(5)
            """;
        using SandboxedHandler handler = Jails.Start(
            Jails.All.First(), Python(Script), "run_timeout = '1s'\nstop_grace = '1h'\n");
        using Client client = handler.Daemon.Connect(Service);
        Assert.That(client.ReadLine(), Is.EqualTo("up"));
        Assert.That(handler.Daemon.WaitFor("end", Service)["exit"], Is.EqualTo("5"));
    }

    [TestCaseSource(nameof(Means))]
    public void What_it_has_started_ends_with_it(string means, string user)
    {
        using EndingMeans environment = EndingMeans.Take(means, user);
        string mark = string.Create(CultureInfo.InvariantCulture, $"{1000 + Environment.ProcessId}.{Environment.TickCount64}");
        string script = $"trap '' TERM; setsid sleep {mark} & (sleep {mark} &); echo up; read line";
        using Daemon daemon = Daemon.Start(
            new DaemonOptions { Wrapper = environment.Wrapper },
            (Service, Toml(Jails.Nobody, "jail", TomlText.ExecShell(script), "stop_grace = '1h'\n")));
        using Client client = daemon.Connect(Service);
        Assert.That(client.ReadLine(), Is.EqualTo("up"));
        Patience.Until(() => Sleepers(mark).Length == 2, "both sleep");
        _ = client.EndSending().ReadToEnd();
        LogLine end = daemon.WaitFor("end", Service);
        Assert.That(end["exit"], Is.EqualTo("0").Or.EqualTo("1"), "read meets the end of the file");
        Assert.That(Sleepers(mark), Is.Empty);
    }

    [TestCaseSource(nameof(Everybody))]
    public void A_thousand_connections_leave_nothing(string who)
    {
        const int Launches = 1000, Few = 200, FewDescriptors = 4; // of what other programs do meanwhile; pipes made in advance
        using SandboxedHandler handler = Jails.Start(who, TomlText.ExecShell("echo x >/tmp/x; sleep 1000 & readlink /proc/self/ns/uts"));
        Daemon daemon = handler.Daemon;
        string uts = handler.Ask().Trim();
        _ = daemon.WaitFor("end", Service);
        int descriptors = ProcFs.CountDescriptors(daemon.Pid);
        string[] mounts = File.ReadAllLines($"/proc/{daemon.Pid}/mountinfo");
        string[] slabs = NativeMethods.EffectiveUserId() == 0 ? ["mnt_cache", "pid_namespace"] : [];
        Dictionary<string, long> before = slabs.ToDictionary(slab => slab, ObjectsOf);

        Parallel.For(0, Launches, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => handler.Ask());

        _ = daemon.WaitFor(line => line.Is("end", Service), Launches + 1, "all have ended");
        Assert.That(daemon.Log.Where(line => line.Event == "launch_failed"), Is.Empty);
        Assert.That(InNamespace("uts", uts), Is.Empty, "no process is left");
        Patience.Until(() => ProcFs.CountDescriptors(daemon.Pid) <= descriptors + FewDescriptors, "descriptors are closed");
        Patience.Until( // other programs mount and unmount meanwhile
            () => !File.ReadLines($"/proc/{daemon.Pid}/mountinfo").Except(mounts).Any(), "no mount of theirs is left");
        foreach (string slab in slabs)
        {
            Patience.Until(() => ObjectsOf(slab) < before[slab] + Few, () => $"{slab}: {before[slab]} before, {ObjectsOf(slab)} now");
        }

        Assert.That(daemon.Stop(), Is.Zero);
    }

    [TestCaseSource(nameof(Everybody))]
    public void A_reload_keeps_the_jail_of_a_service_that_has_not_changed(string who)
    {
        using SandboxedHandler handler = Jails.Start(who, TomlText.ExecShell($"uname -n; {Namespaces}"));
        Daemon daemon = handler.Daemon;
        string first = handler.Ask();
        string toml = File.ReadAllText(daemon.Directory[$"services.d/{Service}.toml"]);

        daemon.Write("other", toml);
        _ = daemon.Reload();
        string other = AskOther();
        Assert.That(handler.Ask(), Is.EqualTo(first), "an unchanged service");
        Assert.That(other.Split('\n')[1..^1].Intersect(first.Split('\n')), Is.Empty, "two services share no jail, even an equal one");
        int descriptors = ProcFs.CountDescriptors(daemon.Pid);

        daemon.Write(Service, toml + "nice = 3\n");
        _ = daemon.Reload();
        Assert.That(handler.Ask(), Is.EqualTo(first), "one whose jail is the same");
        Assert.That(AskOther(), Is.EqualTo(other));

        daemon.Write(Service, toml + "jail.hostname = 'another'\n");
        _ = daemon.Reload();
        Assert.That(handler.Ask(), Does.StartWith("another\n"), "one whose jail is another");
        const int Few = 2; // a pipe made in advance
        Patience.Until(() => ProcFs.CountDescriptors(daemon.Pid) <= descriptors + Few, "the first is closed");

        daemon.Write(Service, toml.Replace("'jail'", "'none'"));
        daemon.Write("other", toml.Replace("'jail'", "'none'"));
        _ = daemon.Reload();
        Patience.Until(() => CountNamespaces(daemon) == NamespacesOfUsers(who), "a service without a jail keeps none");

        string AskOther()
        {
            using Client client = daemon.Connect("other");
            return client.EndSending().ReadToEnd();
        }
    }

    [TestCaseSource(nameof(Everybody))]
    public void An_upgrade_keeps_the_jail(string who)
    {
        using SandboxedHandler handler = Jails.Start(who, TomlText.ExecShell($"{Namespaces}; read line; {Namespaces}"));
        using Client client = handler.Daemon.Connect(Service);
        string[] first = [client.ReadLine(), client.ReadLine(), client.ReadLine()];

        _ = handler.Daemon.Upgrade();

        Assert.That(client.Send("go\n").ReadToEnd().Trim().Split('\n'), Is.EqualTo(first), "a live handler stays in it");
        Assert.That(handler.Ask("\n").Trim().Split('\n'), Is.EqualTo(first.Concat(first)));
        int namespaces = (Jails.HasRoot(who) ? 4 : 5) + NamespacesOfUsers(who); // and for a moment those of a launch under way
        Patience.Until(() => CountNamespaces(handler.Daemon) == namespaces, "it has those of one jail open");
    }

    [Test]
    public void A_directory_that_is_replaced_is_mounted_anew()
    {
        string place = _directory.MakeDirectory("place");
        _directory.Write("place/text", "old\n");
        using SandboxedHandler handler = Jails.Start(
            Jails.All.First(), TomlText.ExecShell("cat /place/text"), $"jail = {{ tmp = 0, bind = {{ '/place' = '{place}' }} }}\n");
        Assert.That(handler.Ask(), Is.EqualTo("old\n"));
        Directory.Move(place, _directory["before"]);
        _directory.MakeDirectory("place");
        _directory.Write("place/text", "new\n");
        Patience.Until(() => handler.Ask() == "new\n", "the new directory is seen");

        Directory.Delete(place, recursive: true);
        Patience.Until(() => handler.Ask().Length == 0, "it has gone");
        LogLine failed = handler.Daemon.WaitFor("launch_failed", Service);
        Assert.That(failed.Message, Does.Contain($"sandbox({place})").And.Contain("readable, writable or jail names it"));
    }

    [Test]
    public void A_mount_that_cannot_be_made_is_named()
    {
        string place = _directory.Write("place", "");
        using SandboxedHandler handler = Jails.Start(
            Jails.All.First(), "exec = '/bin/true'\n", $"jail = {{ tmp = 0, bind = {{ '/etc/hostname' = '{place}' }} }}\n");
        File.Delete(place);
        _directory.MakeDirectory("place");
        for (int i = 0; i < 3; i++)
        {
            Assert.That(handler.Ask(), Is.Empty);
        }

        LogLine failed = handler.Daemon.WaitFor("launch_failed", Service);
        Assert.That(failed.Message, Does.Contain("sandbox(mount(/etc/hostname))").And.Contain("in the place of a file"));
        Patience.Until(() => ProcFs.Children(handler.Daemon.Pid).Length == 0, "no builder is left");
        Assert.That(CountNamespaces(handler.Daemon), Is.Zero);
    }

    [Test]
    public void A_mount_that_has_nothing_to_stand_on_is_named()
    {
        string place = _directory.MakeDirectory("place");
        string inner = _directory.MakeDirectory("place/inner");
        using SandboxedHandler handler = Jails.Start(
            Jails.All.First(), "exec = '/bin/true'\n", $"jail = {{ tmp = 0, bind = {{ '/a' = '{place}', '/a/inner' = '/usr/share' }} }}\n");
        Directory.Delete(inner);
        Assert.That(handler.Ask(), Is.Empty);
        Assert.That(
            handler.Daemon.WaitFor("launch_failed", Service).Message,
            Does.Contain("sandbox(mount(/a/inner))").And.Contain("what it would be mounted on does not exist in the jail"));
    }

    [Test]
    public void What_the_kernel_forbids_is_an_error_that_names_a_way_out()
    {
        Needs.Root();
        _directory.Write("superd.toml", "");
        _directory.Write("services.d/held.toml", "listen = '127.0.0.1:0'\nexec = '/bin/true'\nsandbox = 'jail'\n");
        string[] command = [LesserKernel.Without(_directory, "unshare", "EPERM"), SuperdProgram.Path, "check"];
        ProgramResult result = RunningProgram.RunToEnd(
            "setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", .. command], _directory.Path);
        Assert.That(
            result.StandardError + result.StandardOutput,
            Does.Contain("sandbox = \"jail\" cannot be made here, unshare(namespaces): Operation not permitted")
                .And.Contain("run superd as root").And.Contain("or write sandbox = \"strict\""));
    }

    private static bool IsNamespace(string what) => what.StartsWith("net:", StringComparison.Ordinal)
        || what.StartsWith("mnt:", StringComparison.Ordinal)
        || what.StartsWith("ipc:", StringComparison.Ordinal)
        || what.StartsWith("uts:", StringComparison.Ordinal)
        || what.StartsWith("user:", StringComparison.Ordinal);

    private static int CountNamespaces(Daemon daemon) => ProcFs.Descriptors(daemon.Pid).Values.Count(IsNamespace);

    /// <summary>That in which they exist, which superd keeps beside those of jails.</summary>
    private static int NamespacesOfUsers(string who) => who == Jails.Subordinate ? 1 : 0;

    private static int[] Sleepers(string mark) => [.. Processes().Where(pid => ArgumentsOf(pid).Contains(mark))];

    private static int[] InNamespace(string kind, string name) => [.. Processes().Where(pid => ProcFs.Link(pid, $"ns/{kind}") == name)];

    private static IEnumerable<int> Processes() => Directory.EnumerateDirectories("/proc")
        .Select(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out int pid) ? pid : 0)
        .Where(pid => pid != 0);

    private static string[] ArgumentsOf(int pid)
    {
        try
        {
            return ProcFs.Arguments(pid);
        }
        catch (IOException)
        {
            return []; // it has ended
        }
    }

    /// <summary>How many objects of a kind the kernel has.</summary>
    private static long ObjectsOf(string slab) => File.ReadLines("/proc/slabinfo")
        .Where(line => line.StartsWith(slab + " ", StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture))
        .FirstOrDefault();
}
