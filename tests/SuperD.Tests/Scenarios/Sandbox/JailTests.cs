using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Tests.Support;
using static SuperD.Tests.Scenarios.Sandbox.SandboxedHandler;

namespace SuperD.Tests.Scenarios.Sandbox;

/// <summary>What a handler in a jail sees and changes.</summary>
public sealed class JailTests
{
    private const string ReadOnly = "Read-only file system", NoRoom = "No space left on device", Missing = "No such file";

    private TempDir _directory = null!; // set before each test

    private static IEnumerable<string> Everybody => Jails.All;

    private static IEnumerable<string> Privileged => Jails.OfRoot;

    [SetUp]
    public void MakeDirectory() => _directory = new TempDir();

    [TearDown]
    public void DeleteDirectory() => _directory.Dispose();

    [TestCaseSource(nameof(Everybody))]
    public void It_sees_the_systems_directories_and_no_other_file(string who)
    {
        string[] names = Jails.AskShell(who, "ls /").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] possible =
        [
            "bin", "dev", "etc", "gnu", "lib", "lib32", "lib64", "libx32", "nix", "opt", "proc", "run", "sbin", "sys", "tmp", "usr", "var",
        ];
        Assert.That(names, Is.SubsetOf(possible).And.SupersetOf(new[] { "bin", "dev", "etc", "proc", "tmp", "usr" }));
        string others = Jails.AskShell(who, "ls /var /run /home /root /srv /mnt /sys/fs 2>&1");
        Assert.That(others, Does.Not.Contain("log").And.Not.Contain("lib\n").And.Contains(Missing));
        string devices = Jails.AskShell(who, "ls /dev; echo gone >/dev/null; head -c 3 /dev/zero | wc -c; : >/dev/full");
        Assert.That(
            devices.Split('\n')[..10],
            Is.EqualTo(["fd", "full", "null", "random", "shm", "stderr", "stdin", "stdout", "urandom", "zero"]));
        Assert.That(devices, Does.EndWith("\n3\n"));
    }

    [TestCaseSource(nameof(Privileged))]
    public void It_sees_no_process_but_its_own(string who)
    {
        const string Script = "for each in /proc/[0-9]*; do echo ${each#/proc/}; done; echo $$; kill -0 2 2>&1";
        Assert.That(Jails.AskShell(who, Script), Does.Match("\\A1\n1\n.*No such process\n+\\z"));
        Assert.That(Jails.AskShell(who, "ps -e -o pid= -o comm="), Does.Match("\\A +1 sh\n +[0-9]+ ps\n\\z"));
    }

    [TestCaseSource(nameof(Everybody))]
    public void It_has_a_network_a_host_name_and_System_V_objects_of_its_own(string who)
    {
        string keys = "jail = { hostname = 'cell' }\n";
        string answer = Jails.AskShell(
            who, "cat /proc/sys/kernel/hostname; uname -n; tail -n +3 /proc/net/dev | cut -d: -f1; wc -l </proc/sysvipc/shm", keys);
        Assert.That(answer, Does.Match("\\A.*\ncell\n *lo\n1\n\\z"));
        string kinds = Jails.AskShell(who, "for each in mnt net ipc uts; do readlink /proc/self/ns/$each; done");
        IEnumerable<string> own = ((string[])["mnt", "net", "ipc", "uts"]).Select(kind => ProcFs.Link(Environment.ProcessId, $"ns/{kind}"));
        Assert.That(kinds.Split('\n', StringSplitOptions.RemoveEmptyEntries).Intersect(own), Is.Empty);
    }

    [TestCaseSource(nameof(Everybody))]
    public void Tmp_is_its_own_bounded_and_gone_afterwards(string who)
    {
        string name = $"superd-jail-{Guid.NewGuid():N}";
        string script = $"read line; if [ $line = put ]; then echo mine >/tmp/{name}; cat /dev/shm/{name} /var/tmp/{name}; else "
            + $"ls -A /tmp; head -c 2000000 /dev/zero >/tmp/large; stat -c %s /tmp/large; fi; read line";
        using SandboxedHandler handler = Jails.Start(who, TomlText.ExecShell(script), "jail.tmp = '1M'\n");
        using Client first = handler.Daemon.Connect(Service);
        Assert.That((first.Send("put\n").ReadLine(), first.ReadLine()), Is.EqualTo(("mine", "mine")));
        using Client second = handler.Daemon.Connect(Service);
        string other = second.Send("look\n").EndSending().ReadToEnd();
        Assert.That(other, Does.Match($"\\A.*{NoRoom}\n1048576\n\\z"), "it is empty, and bounded");
        Assert.That(File.Exists($"/tmp/{name}"), Is.False);
        _ = first.EndSending().ReadToEnd();
        Assert.That(handler.Ask("look\n"), Is.EqualTo(other), "nothing is left of the first");
    }

    [TestCaseSource(nameof(Everybody))]
    public void What_is_not_writable_is_not_changed_by_anybody(string who)
    {
        string answer = Jails.AskShell(who, "for each in / /usr /etc /dev /sys/devices/system/cpu; do touch $each/superd-test; done");
        Assert.That(answer.Split('\n').Count(line => line.Contains(ReadOnly)), Is.EqualTo(5), answer);
        string remount = Jails.AskShell(who, "mount -o remount,rw /usr; mount -t tmpfs none /etc; umount /tmp; chmod 666 /dev/null; echo");
        Assert.That(remount, Contains.Substring("must be superuser").Or.Contains("not permitted").Or.Contains("denied"));
        Assert.That(remount, Does.Contain(ReadOnly), "a device's mode");
        string mounts = Jails.AskShell(who, "cat /proc/self/mounts", "jail.tmp = 0\n");
        string[] changeable = [.. mounts.Split('\n').Where(line => Regex.IsMatch(line, " rw[, ]"))];
        Assert.That(changeable, Is.Empty);
    }

    [Test]
    public void Root_sets_nothing_of_the_machine_by_proc()
    {
        Needs.Root();
        Assert.That(
            Jails.AskShell(
                Jails.Root,
                "for each in sys/kernel/hostname sys/vm/drop_caches self/oom_score_adj; do echo 0 >/proc/$each; done"),
            Does.Match($"\\A(.*({ReadOnly}|Permission denied)\n){{3}}\\z"));
    }

    [TestCaseSource(nameof(Everybody))]
    public void Readable_writable_and_bind_are_there(string who)
    {
        _directory.MakeDirectory("state", "777");
        _directory.Write("data/file", "read\n");
        _directory.Write("other/one", "one\n");
        _directory.Write("other/two", "two\n");
        string keys = $"writable = {TomlText.Of(_directory["state"])}\n"
            + $"readable = {TomlText.Of(_directory["data"], _directory["other/one"], "-/no/such/thing")}\n"
            + $"jail.tmp = 0\njail.bind = {{ '/app' = '{_directory["other"]}', '/a/b/c' = '{_directory["data/file"]}' }}\n";
        string Answer(string script) => Jails.AskShell(who, $"cd {_directory.Path}; {script}", keys);

        Assert.That(
            Answer("mkdir state/a && echo x >state/a/b && mv state/a/b state/c && cat state/c && rm -r state/*"), Is.EqualTo("x\n"));
        Assert.That(Answer("cat data/file; echo x >data/new"), Does.StartWith("read\n").And.Contain(ReadOnly));
        Assert.That(Answer("cat other/one; cat other/two"), Does.StartWith("one\n").And.Contain(Missing));
        Assert.That(Answer("cat /app/two /a/b/c; echo x >/app/new"), Does.StartWith("two\nread\n").And.Contain(ReadOnly));
        Assert.That(Answer("ls"), Is.EqualTo("data\nother\nstate\n"), "nothing else of the directory");
    }

    [Test]
    public void A_program_has_its_own_directory_and_the_one_it_works_in()
    {
        _directory.Write("bin/han", "#!/bin/sh\ncat $(dirname $0)/text; cat text\n", "755");
        _directory.Write("bin/text", "beside\n");
        _directory.Write("work/text", "at work\n");
        Assert.That(
            Ask(AnyUser, "jail", $"exec = '{_directory["bin/han"]}'\ndirectory = '{_directory["work"]}'\njail.tmp = 0\n"),
            Is.EqualTo("beside\nat work\n"));
    }

    [TestCaseSource(nameof(Everybody))]
    public void It_has_nothing_open_no_capability_and_a_filter(string who)
    {
        const string Script = "ls /proc/self/fd; grep -E '^(NoNewPrivs|Seccomp|CapEff|CapPrm):' /proc/self/status; unshare -U true 2>&1";
        Assert.That(
            Jails.AskShell(who, Script),
            Does.StartWith("0\n1\n2\n3\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n")
                .And.Contain("not permitted"));
    }

    [TestCaseSource(nameof(Everybody))]
    public void It_is_who_it_was_to_be(string who) =>
        Assert.That(
            Jails.AskShell(who, "id -un 2>/dev/null || echo nameless; id -u"),
            Does.Match(who switch
            {
                Jails.Root => @"^root\n0\n$",
                Jails.Subordinate => @"^(\d+\n)?nameless\n12\d{8}\n$",
                _ => @"^nobody\n65534\n$",
            }));

    [TestCaseSource(nameof(Privileged))]
    public void Other_steps_of_a_launch_work_in_it(string who)
    {
        const string Keys = "oom_score_adj = 500\nnice = 5\numask = '027'\nrlimit = { nofile = 77, core = 0 }\njail.proc = true\n";
        Assert.That(
            Jails.AskShell(who, "cat /proc/self/oom_score_adj; nice; umask; ulimit -n", Keys), Is.EqualTo("500\n5\n0027\n77\n"));
    }

    [Test]
    public void Without_tmp_and_proc_there_is_neither() => Assert.That(
        Jails.AskShell(Jails.All.First(), "ls -d /tmp /proc /dev/shm", "jail = { tmp = 0, proc = false }\n"),
        Does.Match($"\\A(.*{Missing}.*\n){{3}}\\z"));

    [Test]
    public void A_wait_service_gets_its_pid_in_the_jail()
    {
        string script = SandboxedHandler.Python("""
            import os, socket
            listener = socket.socket(fileno=3)
            client = listener.accept()[0]
            client.send(b"%s %d\n" % (os.environb[b"LISTEN_PID"], os.getpid()))
            """);
        using SandboxedHandler handler = new(Users.First(), "jail", script, "wait = true\nnetwork = 'on'\n");
        using Client client = handler.Daemon.Connect(Service);
        string[] pids = client.ReadToEnd().Trim().Split(' ');
        Assert.That(pids[0], Is.EqualTo(pids[1]));
    }

    [TestCaseSource(nameof(Everybody))]
    public void A_descriptor_of_the_machines_root_leads_nobody_out(string who)
    {
        string giver = $"""
            import os, socket
            listener = socket.socket(socket.AF_UNIX)
            listener.bind("{_directory["socket"]}")
            os.chmod("{_directory["socket"]}", 0o777)
            listener.listen()
            print("up", flush=True)
            while True:
                socket.send_fds(listener.accept()[0], [b"x"], [os.open("/", os.O_PATH)])
            """;
        string taker = Python($"""
            import os, socket
            client = socket.socket(socket.AF_UNIX)
            client.connect("{_directory["socket"]}")
            root = socket.recv_fds(client, 1, 1)[1][0]
            for path, flags in ("etc/passwd", os.O_RDONLY), (".", os.O_RDONLY), ("tmp/superd-out", os.O_CREAT | os.O_WRONLY):
                try:
                    print(path, "opened", os.open(path, flags, dir_fd=root))
                except OSError as error:
                    print(path, error.strerror)
            print(open("/etc/passwd").readline() != "")
            """);
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)Convert.ToInt32("755", 8));
        using var giving = new RunningProgram(Program("python3"), ["-c", giver]);
        Assert.That(giving.Output.ReadLine(), Is.EqualTo("up"));
        using SandboxedHandler handler = Jails.Start(who, taker, $"jail.tmp = 0\nwritable = [{TomlText.Of(_directory.Path)}]\n");
        Assert.That(
            handler.Ask(),
            Is.EqualTo("etc/passwd Permission denied\n. Permission denied\ntmp/superd-out Permission denied\nTrue\n"));
    }

    [Test]
    public void A_kernel_without_clone3_makes_jails_too()
    {
        Needs.Root();
        string[] wrapper = [LesserKernel.Without(_directory, "clone3", "ENOSYS")];
        using SandboxedHandler handler =
            new(Jails.Nobody, "jail", TomlText.ExecShell("echo $$"), "", new DaemonOptions { Wrapper = wrapper });
        Assert.That(handler.Ask(), Is.EqualTo("1\n"));
    }

    [Test]
    public void A_trial_runs_in_the_jail_and_explains_its_calls()
    {
        _directory.Write("superd.toml", "");
        _directory.Write("services.d/held.toml", Toml(AnyUser, "jail", TomlText.ExecShell("hostname; unshare -U true")));
        ProgramResult result = SuperdProgram.Run(_directory.Path, "try", "held", "--half-close", "--explain");
        Assert.That(result.StandardOutput, Does.StartWith("jail\n"), result.StandardError);
        Assert.That(result.StandardError, Does.Contain("unshare: syscalls = [\"+unshare\"]"));
    }
}
