using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Tests.Support;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>sandbox, readable, writable, network, syscalls and sandbox_best_effort: what they mean, and what cannot be.</summary>
public sealed class SandboxTests
{
    private const string Basic = "sandbox = \"basic\"\n", Strict = "sandbox = \"strict\"\n";
    private const string Udp = "listen = \"udp://127.0.0.1:0\"\n";

    /// <summary>The keys that say nothing alone.</summary>
    private static readonly string[] s_dependent =
        ["readable = \"/usr\"", "writable = []", "network = \"on\"", "syscalls = \"-ptrace\"", "sandbox_best_effort = true"];

    private static readonly string[] s_logins =
    [
        "sshd", "dropbear", "login", "in.telnetd", "telnetd", "in.rlogind", "in.rshd", "su", "sudo", "doas", "cron", "crond", "agetty",
    ];

    private static IEnumerable<TestCaseData> Abilities =>
    [
        new TestCaseData(
            new SandboxAbilities { LandlockAbi = 0, LandlockErrno = Errno.ENOSYS, HasFilters = true, Kernel = "5.10.0" },
            SandboxPromises.Files,
            "confine files: this kernel (5.10.0) has no Landlock, or a container hides it; it takes Linux 5.13 with "
                + "CONFIG_SECURITY_LANDLOCK, and a container's seccomp profile that allows it"),
        new TestCaseData(
            new SandboxAbilities { LandlockAbi = 0, LandlockErrno = Errno.EOPNOTSUPP, HasFilters = true, Kernel = "6.1.0" },
            SandboxPromises.Files,
            "confine files: Landlock is switched off in this kernel (6.1.0); add landlock to lsm= of its command line"),
        new TestCaseData(
            new SandboxAbilities { LandlockAbi = 0, LandlockErrno = Errno.EPERM, HasFilters = true },
            SandboxPromises.Files,
            "confine files: Landlock is denied here, Operation not permitted (errno 1); allow landlock_create_ruleset(2) in the "
                + "container's seccomp profile"),
        new TestCaseData(
            new SandboxAbilities { LandlockAbi = 6, HasFilters = false, Kernel = "6.12.0" },
            SandboxPromises.SystemCalls,
            "filter system calls: this kernel (6.12.0) has no seccomp filters, or a container hides them; it takes "
                + "CONFIG_SECCOMP_FILTER, and a container's profile that allows seccomp(2)"),
    ];

    [TestCase("", null)]
    [TestCase("sandbox = \"none\"", null)]
    [TestCase("sandbox = \"basic\"", SandboxProfile.Basic)]
    [TestCase("sandbox = \"strict\"", SandboxProfile.Strict)]
    [TestCase("sandbox = \"jail\"", SandboxProfile.Jail)]
    public void A_sandbox_is_one_of_four_profiles(string line, object? profile) =>
        Assert.That(DefinitionOf(Listen + Exec + line).Sandbox?.Profile, Is.EqualTo(profile));

    [Test]
    public void Another_word_is_an_error_with_the_nearest_one() =>
        Assert.That(
            ProblemsOf(Listen + Exec + "sandbox = \"strickt\""),
            Is.EqualTo(
                ["3:11: error: sandbox must be \"none\", \"basic\", \"strict\" or \"jail\", found \"strickt\"; did you mean \"strict\"?"]));

    [Test]
    public void A_word_that_means_nothing_is_no_reason_to_have_no_sandbox()
    {
        string[] problems = ProblemsOf(Listen + Exec + "sandbox = \"yes\"");
        Assert.That(
            problems,
            Has.Length.EqualTo(1).And.One.EndsWith("; write it as in sandbox = \"basic\"; without the line it is \"none\""));
    }

    [TestCase(Basic, true)]
    [TestCase(Strict, false)]
    [TestCase(Basic + "network = \"off\"", false)]
    [TestCase(Strict + "network = \"on\"", true)]
    public void The_network_depends_on_the_profile_unless_it_is_written(string lines, bool hasNetwork) =>
        Assert.That(DefinitionOf(Listen + Exec + lines).Sandbox!.HasNetwork, Is.EqualTo(hasNetwork));

    [Test]
    public void The_keys_of_defaults_apply_and_those_of_a_service_replace_them()
    {
        const string Defaults = "[defaults]\nsandbox = \"strict\"\nreadable = [\"/usr\"]\nwritable = [\"/tmp\"]\nnetwork = \"on\"\n"
            + "syscalls = [\"+ptrace\"]\n";
        SandboxDefinition inherited = DefinitionOf(Listen + Exec, superdToml: Defaults).Sandbox!;
        Assert.That((inherited.Profile, inherited.HasNetwork), Is.EqualTo((SandboxProfile.Strict, true)));
        Assert.That(inherited.Readable, Is.EqualTo([new SandboxPath("/usr", false)]));
        Assert.That(inherited.SystemCalls, Is.EqualTo(["+ptrace"]));

        SandboxDefinition own = DefinitionOf(
            Listen + Exec + Basic + "readable = \"/etc\"\nwritable = []\nnetwork = \"off\"\nsyscalls = [\"-@keyring\"]",
            superdToml: Defaults).Sandbox!;
        Assert.That((own.Profile, own.HasNetwork), Is.EqualTo((SandboxProfile.Basic, false)));
        Assert.That(own.Readable, Is.EqualTo([new SandboxPath("/etc", false)]));
        Assert.That(own.Writable, Is.Empty);
        Assert.That(own.SystemCalls, Is.EqualTo(["-@keyring"]));
        Assert.That(DefinitionOf(Listen + Exec + "sandbox = \"none\"", superdToml: Defaults).Sandbox, Is.Null);
    }

    [TestCase("/", "no file")]
    [TestCase("/dev/", "nothing of it")]
    [TestCase("/proc", "nothing of it")]
    [TestCase("/dev/shm", null)]
    public void To_change_everything_is_no_sandbox(string path, string? what) =>
        Assert.That(
            ProblemsOf(Listen + Exec + Basic + $"writable = \"{path}\""),
            Is.EqualTo(what is null
                ? []
                : new[]
                {
                    $"4:12: warning: writable \"{path}\" lets the program change whatever its user may change there, so that the sandbox "
                        + $"holds {what}; name the files and directories that it needs",
                }));

    [TestCaseSource(nameof(s_dependent))]
    public void A_key_of_a_sandbox_needs_one(string line)
    {
        string key = line.Split(' ')[0];
        const string Remedy = ": nothing holds the program; write sandbox = \"basic\", or delete the line";
        Assert.That(ProblemsOf(Listen + Exec + line), Is.EqualTo([$"3:1: error: {key} has no meaning without sandbox{Remedy}"]));
        Assert.That(
            ProblemsOf(Listen + Exec + line + "\nsandbox = \"none\""),
            Is.EqualTo([$"3:1: error: {key} has no meaning with sandbox = \"none\"{Remedy}"]));
        Assert.That(ProblemsOf(Listen + Exec, superdToml: $"[defaults]\n{line}"), Is.Empty, "it waits for a service with a sandbox");
        Assert.That(
            ProblemsOf(Listen + Exec + line + "\nsandbox = \"basc\""),
            Has.Length.EqualTo(1).And.One.Contains("did you mean \"basic\"?"),
            "one mistake, one message");
    }

    [Test]
    public void A_sandbox_needs_a_program()
    {
        foreach (string action in (string[])["builtin = \"echo\"", "redirect = \"127.0.0.1:1\""])
        {
            Assert.That(
                ProblemsOf($"{Listen}{action}\nsandbox = \"basic\""),
                Is.EqualTo([$"3:1: error: sandbox has no meaning with {action.Split(' ')[0]}: no program is launched; delete the line"]));
            Assert.That(ProblemsOf($"{Listen}{action}", superdToml: "defaults.sandbox = \"strict\""), Is.Empty);
        }
    }

    [Test]
    public void Paths_start_at_the_file_they_are_written_in()
    {
        using ConfigurationFiles files = new("defaults.readable = [\"shared\", \"-nothing\"]");
        files.Directory.MakeDirectory("shared");
        files.Directory.MakeDirectory("services.d/state");
        files.Service("han", Listen + Exec + Basic + "writable = [\"state/\"]");
        LoadResult result = files.Load();

        Assert.That(result.Diagnostics, Is.Empty);
        SandboxDefinition sandbox = result.Server!.Services.Single().Sandbox!;
        Assert.That(
            sandbox.Readable,
            Is.EqualTo([new SandboxPath(files.Directory["shared"], false), new SandboxPath(files.Directory["nothing"], true)]));
        Assert.That(sandbox.Writable, Is.EqualTo([new SandboxPath(files.Directory["services.d/state"], false)]));
    }

    [TestCase(
        "readable = [\"/usr\", \"/usr/shar\"]",
        "3:21: error: readable \"/usr/shar\" cannot be used: \"/usr/shar\" does not exist; did you mean \"/usr/share\"?")]
    [TestCase(
        "writable = \"/nowhere/at/all\"",
        "3:12: error: writable \"/nowhere/at/all\" cannot be used: \"/nowhere\" does not exist; name a path that exists, or write "
            + "\"-/nowhere/at/all\" if it need not, or name its directory if the program creates it")]
    [TestCase(
        "readable = \"/etc/passwd/x\"",
        "3:12: error: readable \"/etc/passwd/x\" cannot be used: \"/etc/passwd\" is a regular file, not a directory; name a path that "
            + "exists")]
    [TestCase(
        "readable = \"~/han\"",
        "3:12: error: readable \"~/han\" cannot be used: \"services.d/~\" does not exist; ~ is not expanded, since there is no shell; "
            + "write the whole path, beginning with '/'")]
    [TestCase(
        "readable = \"-\"",
        "3:12: error: readable must be a path that is not empty, found \"-\"; delete the line for the default, []")]
    [TestCase(
        "readable = 3",
        "3:12: error: readable must be a path, found the integer 3; for example readable = [\"/srv/han\", \"-/srv/extra\"]")]
    public void A_path_that_does_not_exist_is_an_error(string line, string message) =>
        Assert.That(ProblemsOf(Listen + Exec + line + "\n" + Basic).Select(Plain), Is.EqualTo([message]));

    [Test]
    public void In_a_chroot_paths_are_inside_it()
    {
        using ConfigurationFiles files = new();
        files.Directory.Write("root/bin/cat", "#!/nothing\n", "755");
        files.Directory.MakeDirectory("root/data");
        files.Directory.MakeDirectory("data/only/outside");
        string root = files.Directory["root"];
        File.Copy("/bin/cat", files.Directory["root/bin/cat"], overwrite: true);
        File.CreateSymbolicLink(files.Directory["root/link"], "/data");
        string chroot = $"chroot = \"{root}\"\nexec = \"/bin/cat\"\n{Listen}{Basic}";
        _ = files.Service("han", chroot + "readable = [\"/data\", \"/link\"]");
        string[] loader = [.. files.Problems().Where(problem => !problem.Contains("its loader"))];
        Assert.That(loader, Is.Empty);

        _ = files.Service("han", chroot + "readable = [\"data\"]\nwritable = \"/dat\"");
        string[] problems = [.. files.Problems().Where(problem => !problem.Contains("its loader"))];
        Assert.That(problems, Has.Length.EqualTo(2));
        Assert.That(problems[0], Does.EndWith(
            "error: readable \"data\" must be absolute, because it is a path inside the chroot; begin it with '/'"));
        Assert.That(problems[1], Does.Contain("writable \"/dat\" cannot be used: \"/dat\" does not exist inside")
            .And.EndsWith("; did you mean \"/data\"?"));
    }

    [Test]
    public void A_program_reads_its_directory_and_those_of_its_script_and_its_work()
    {
        using TempDir directory = new();
        directory.MakeDirectory("work");
        directory.MakeDirectory("elsewhere");
        directory.Write("lib/han.py", "#!/usr/bin/env python3\n", "755");
        directory.Write("elsewhere/sh", "", "755");
        File.Copy("/bin/cat", directory["elsewhere/cat"]);
        directory.Write("bin/han", $"#!{directory["elsewhere/cat"]}\n", "755");
        File.CreateSymbolicLink(directory["link"], directory["bin/han"]);

        Assert.That(OwnOf("exec = \"/bin/cat\""), Is.Empty, "all of it is in the profile");
        Assert.That(OwnOf("exec = \"/bin/cat\"\ndirectory = \"/\""), Is.Empty);
        Assert.That(OwnOf($"exec = \"/bin/cat\"\ndirectory = \"{directory["work"]}\""), Is.EqualTo([directory["work"]]));
        Assert.That(
            OwnOf($"exec = \"{directory["bin/han"]}\""), Is.EqualTo([directory["bin"], directory["elsewhere/cat"]]), "its interpreter");
        Assert.That(
            OwnOf($"exec = \"{directory["link"]}\""),
            Is.EqualTo([directory.Path, directory["bin"], directory["elsewhere/cat"]]),
            "a link and its target");
        Assert.That(
            OwnOf($"exec = [\"/usr/bin/python3\", \"-u\", \"{directory["lib/han.py"]}\"]"), Is.EqualTo([directory["lib"]]), "its script");

        static ValueArray<string> OwnOf(string lines) => DefinitionOf($"{Listen}{Strict}{lines}").Sandbox!.Own;
    }

    [Test]
    public void A_program_in_a_home_does_not_open_the_home()
    {
        User user = UserDatabase.FindUser("root", out _)!; // every machine has it
        using TempDir home = new();
        home.Write("han", "#!/bin/sh\n", "755");
        HostContext host = Able with { Variable = name => name == "HOME" ? home.Path : null };
        Assert.That(
            DefinitionOf($"{Listen}{Strict}exec = \"{home["han"]}\"", host).Sandbox!.Own, Is.EqualTo([home["han"]]), user.Home);
    }

    [TestCase("", "")]
    [TestCase("network = \"off\"\n", "network = \"off\"")]
    public void A_network_cannot_be_denied_over_UDP(string line, string subject)
    {
        string why = "cannot be kept over UDP: the program's socket can send to any address, and the kernel has no means against that; "
            + "write network = \"on\"";
        string[] expected = [subject.Length > 0
            ? $"4:11: error: network = \"off\" {why}" : $"3:11: error: sandbox = \"strict\" means network = \"off\", which {why}"];
        Assert.That(ProblemsOf(Udp + Exec + Strict + line), Is.EqualTo(expected));
        Assert.That(ProblemsOf(Udp + Exec + Strict + line + "wait = true"), Is.EqualTo(expected));
        Assert.That(ProblemsOf(Udp + Exec + "wait = true\n" + Strict + "network = \"on\""), Is.Empty);
        Assert.That(ProblemsOf(Udp + Exec + Basic), Is.Empty);
    }

    [Test]
    public void A_network_cannot_be_denied_to_who_accepts()
    {
        Assert.That(
            ProblemsOf(Listen + Exec + "wait = true\n" + Strict),
            Has.Length.EqualTo(1).And.One.EndsWith(
                "cannot be kept with wait = true: a program that may accept clients may also listen elsewhere; write network = \"on\""));
        Assert.That(
            ProblemsOf(Listen + Exec + "wait = true", superdToml: "[defaults]\nsandbox = \"basic\"\nnetwork = \"off\""),
            Has.Length.EqualTo(1).And.One.StartsWith("error: network = \"off\" (from [defaults], superd.toml:3:11) cannot be kept"));
    }

    [TestCase("\"ptrace\"", "3:12: error: syscalls must be \"+NAME\" or \"-NAME\" of a system call, or of a group such as @debug, found "
        + "\"ptrace\"; write \"+ptrace\" to allow it, or \"-ptrace\" to deny it")]
    [TestCase("[\"+ptrac\"]", "3:13: error: syscalls: there is no system call \"ptrac\" on this machine; did you mean \"+ptrace\"?")]
    [TestCase("[\"-@debgu\"]",
        "3:13: error: syscalls: there is no group of system calls \"@debgu\" on this machine; did you mean \"-@debug\"?")]
    [TestCase("[\"-debug\"]", "3:13: error: syscalls: there is no system call \"debug\" on this machine; did you mean \"-@debug\"?")]
    [TestCase("[\"+@ptrace\"]",
        "3:13: error: syscalls: there is no group of system calls \"@ptrace\" on this machine; did you mean \"+ptrace\"?")]
    [TestCase("[\"+frobnicate\"]",
        "3:13: error: syscalls: there is no system call \"frobnicate\" on this machine; 'man 2 syscalls' lists them")]
    [TestCase("[\"-execve\"]", "3:13: error: syscalls: execve cannot be denied, because superd makes this call to start the program; "
        + "remove \"-execve\"")]
    [TestCase("[\"\"]", "3:13: error: syscalls must be \"+NAME\" or \"-NAME\" of a system call, or of a group such as @debug, found \"\"; "
        + "delete the line for the default, []")]
    public void A_correction_that_cannot_be_is_an_error(string written, string message) =>
        Assert.That(ProblemsOf(Listen + Exec + $"syscalls = {written}\n" + Basic), Is.EqualTo([message]));

    [Test]
    public void Every_correction_that_a_message_proposes_is_right()
    {
        foreach (string written in (string[])["ptrace", "+ptrac", "-@debgu", "-debug", "+@ptrace"])
        {
            string problem = ProblemsOf(Listen + Exec + $"syscalls = \"{written}\"\n" + Basic).Single();
            string proposed = problem.Split("; ")[^1].Split('"')[1];
            Assert.That(ProblemsOf(Listen + Exec + $"syscalls = \"{proposed}\"\n" + Basic), Is.Empty, proposed);
        }
    }

    [TestCaseSource(nameof(s_logins))]
    public void What_logs_people_in_is_refused(string program)
    {
        using TempDir directory = new();
        directory.Write(program, "#!/bin/sh\n", "755");
        string path = directory[program];
        string message = $"error: exec starts \"{path}\", which logs people in or works for other users, and needs their rights and their "
            + "files: sandbox = \"basic\" breaks it; write sandbox = \"none\" for this service";
        Assert.That(ProblemsOf(Listen + Basic + $"exec = \"{path}\""), Is.EqualTo(["3:8: " + message]));
        Assert.That(ProblemsOf(Listen + $"sandbox = \"none\"\nexec = \"{path}\""), Is.Empty);
        Assert.That(
            ProblemsOf(Listen + $"exec = \"{path}\"", superdToml: "defaults.sandbox = \"strict\""),
            Has.Length.EqualTo(1).And.One.Contains("sandbox = \"strict\" (from [defaults], superd.toml:1:20) breaks it"));

        string[] through =
        [
            $"exec = [\"/usr/bin/env\", \"-i\", \"A=b\", \"{path}\", \"-D\"]", $"exec = [\"/usr/bin/nice\", \"-n\", \"5\", \"{path}\"]",
            $"exec = [\"/usr/bin/stdbuf\", \"-oL\", \"env\", \"timeout\", \"5\", \"{path}\"]",
            $"exec = \"/bin/cat\"\nmatch = {{ from = \"127.0.0.1\", exec = \"{path}\" }}",
        ];
        foreach (string exec in through)
        {
            Assert.That(ProblemsOf(Listen + Basic + exec), Has.Length.EqualTo(1).And.One.Contains(message), exec);
        }
    }

    [Test]
    public void A_login_program_is_found_behind_busybox_and_a_script()
    {
        Needs.File("/bin/busybox");
        using TempDir directory = new();
        File.Copy("/bin/busybox", directory["login"]);
        directory.Write("script", $"#!{directory["login"]}\n", "755");
        File.CreateSymbolicLink(directory["telnetd"], "/bin/busybox");
        string[] lines =
        [
            "exec = [\"/bin/busybox\", \"telnetd\", \"-i\"]", "exec = [\"/bin/busybox\"]\nargv0 = \"login\"",
            $"exec = \"{directory["telnetd"]}\"", $"exec = \"{directory["script"]}\"",
        ];
        foreach (string exec in lines)
        {
            Assert.That(ProblemsOf(Listen + Basic + exec), Has.Length.EqualTo(1).And.One.Contains("which logs people in"), exec);
        }

        Assert.That(ProblemsOf(Listen + Basic + "exec = [\"/bin/busybox\", \"httpd\", \"-i\"]"), Is.Empty);
    }

    [Test]
    public void A_program_with_the_rights_of_another_user_is_refused()
    {
        Needs.Root();
        using TempDir directory = new();
        foreach ((string name, string mode) in (ReadOnlySpan<(string, string)>)[("suid", "4755"), ("sgid", "2755"), ("plain", "755")])
        {
            File.Copy("/bin/cat", directory[name]);
            Tool.Run("chmod", mode, directory[name]);
        }

        Assert.That(ProblemOf("suid"), Does.StartWith(
            $"error: exec starts \"{directory["suid"]}\", whose file is set-user-id and gives it the rights of user 0, which no program "
            + "in a sandbox gains: sandbox = \"basic\" breaks it; write sandbox = \"none\" for this service"));
        Assert.That(ProblemOf("sgid"), Does.Contain("whose file is set-group-id and gives it the rights of group 0"));
        Assert.That(ProblemOf("plain"), Is.Null);
        Assert.That(
            ProblemsOf(Listen + Basic + $"exec = \"{directory["suid"]}\"\nuser = \"root\"\nlogin_env = false", Root), Is.Empty,
            "root gains nothing by it");

        Needs.Program("setcap");
        Tool.Run("setcap", "cap_net_raw+ep", directory["plain"]);
        Assert.That(ProblemOf("plain"), Does.Contain("whose file has capabilities"));

        string? ProblemOf(string name) =>
            ProblemsOf(Listen + Basic + $"exec = \"{directory[name]}\"").SingleOrDefault()?[5..];
    }

    [Test]
    public void A_home_that_cannot_be_read_is_warned_of()
    {
        using TempDir directory = new();
        string quoted = $"\"{directory.Path}\"";
        string warning = $"sandbox = \"strict\" does not let the program read .gitconfig in its HOME, {quoted}, with which git fails; add "
            + $"{quoted} to readable, or ";
        string env = $"env = {{ HOME = {quoted} }}\n";
        Assert.That(ProblemsOf(Listen + Exec + env + Strict), Is.Empty, "git looks for no more than its settings");
        directory.Write(".gitconfig", "");
        Assert.That(ProblemsOf(Listen + Exec + env + Strict), Is.EqualTo([$"3:9: warning: {warning}leave HOME out"]));
        Assert.That(ProblemsOf(Listen + Exec + env + Strict + $"readable = {quoted}"), Is.Empty);
        Assert.That(ProblemsOf(Listen + Exec + "env = { HOME = \"/nonexistent\" }\n" + Strict), Is.Empty, "ENOENT breaks nothing");
        Assert.That(ProblemsOf(Listen + Exec + "env = { HOME = \"/usr\" }\n" + Strict), Is.Empty);
        Assert.That(
            ProblemsOf(Listen + Exec + Strict + $"match = {{ from = \"127.0.0.1\", env.HOME = {quoted} }}"),
            Has.Length.EqualTo(1).And.One.Contains(warning));
    }

    [Test]
    public void A_path_that_modes_keep_from_the_user_is_warned_of()
    {
        Needs.Root();
        using OutsideDir outside = new();
        outside.Write("state/file", "");
        string path = outside["state"];
        string Lines(string user) => $"user = \"{user}\"\nwritable = \"{path}\"\nlogin_env = false\n";
        Assert.That(
            ProblemsOf(Listen + Exec + Basic + Lines("nobody"), Root),
            Is.EqualTo(
            [
                $"5:12: warning: writable \"{path}\": user 'nobody' may not change it, since the permissions of files apply too: "
                    + $"\"{path}\" has mode 0755, owner 0:0; give that user or one of its groups the right",
            ]));
        Assert.That(ProblemsOf(Listen + Exec + Basic + Lines("dynamic"), Root), Has.One.Contains("a dynamic user may not change it"));
        File.SetUnixFileMode(outside["state/file"], (UnixFileMode)0b110_110_110);
        Assert.That(ProblemsOf(Listen + Exec + Basic + Lines("nobody"), Root), Is.Empty, "something in it can be changed");
        Assert.That(
            ProblemsOf(Listen + Exec + Basic + "user = \"nobody\"\nlogin_env = false\nreadable = \"/root\"", Root),
            Has.Length.EqualTo(1).And.One.Contains("readable \"/root\": user 'nobody' may not read it"));
    }

    [TestCaseSource(nameof(Abilities))]
    public void A_promise_that_cannot_be_kept_is_an_error_unless_effort_is_enough(
        object abilities, object missing, string why)
    {
        HostContext host = Able with { Sandbox = (SandboxAbilities)abilities };
        Assert.That(
            ProblemsOf(Listen + Exec + Basic, host),
            Is.EqualTo(
                [$"3:11: error: sandbox = \"basic\" cannot {why}; or write sandbox_best_effort = true to run the service without"]));

        using ConfigurationFiles files = new("[defaults]\nsandbox_best_effort = true\n");
        LoadResult result = files.Service("han", Listen + Exec + Basic).Load(host);
        Assert.That(
            result.Diagnostics.Select(problem => (problem.Severity, problem.Message)),
            Is.EqualTo(
                [(Severity.Warning, $"sandbox = \"basic\" cannot {why}; sandbox_best_effort lets the service run without")]));
        Assert.That(result.Server!.Services.Single().Sandbox!.Missing, Is.EqualTo(missing));
    }

    [Test]
    public void A_network_is_a_promise_of_the_filter()
    {
        HostContext host = Able with { Sandbox = new SandboxAbilities { LandlockAbi = 6, HasFilters = false } };
        Assert.That(ProblemsOf(Listen + Exec + Strict, host).Single(), Does.Contain("cannot filter system calls and close the network:"));
        using ConfigurationFiles files = new();
        LoadResult result = files.Service("han", Listen + Exec + Strict + "sandbox_best_effort = true").Load(host);
        Assert.That(
            result.Server!.Services.Single().Sandbox!.Missing, Is.EqualTo(SandboxPromises.SystemCalls | SandboxPromises.Network));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void An_older_Landlock_keeps_every_promise_with_the_filters_help(int abi)
    {
        HostContext host = Able with { Sandbox = new SandboxAbilities { LandlockAbi = abi, HasFilters = true } };
        Assert.That(ProblemsOf(Listen + Exec + Basic, host), Is.Empty);
        Assert.That(ProblemsOf(Listen + Exec + Strict, host), Is.Empty);
    }

    [TestCase(0, null)]
    [TestCase(6, null)]
    [TestCase(7, null)]
    [TestCase(4, "signals and abstract Unix-domain sockets are not confined")]
    [TestCase(
        3,
        "those with network = \"off\" connect to no Unix-domain socket either; signals and abstract Unix-domain sockets are not confined")]
    [TestCase(
        1,
        "programs move no file into another directory; those with network = \"off\" connect to no Unix-domain socket either; signals and "
            + "abstract Unix-domain sockets are not confined")]
    public void How_an_older_kernel_differs_is_told(int abi, string? difference) =>
        Assert.That(
            new SandboxAbilities { LandlockAbi = abi, HasFilters = true, Kernel = "6.1.0" }.Difference,
            Is.EqualTo(difference is null ? null : $"sandboxes on this kernel (6.1.0, Landlock ABI {abi}): {difference}"));

    [Test]
    public void A_rule_of_match_has_the_sandbox_of_its_own_program()
    {
        using TempDir directory = new();
        directory.Write("bin/other", "#!/bin/sh\n", "755");
        ServiceDefinition service = DefinitionOf(
            Listen + Exec + Strict + $"match = {{ from = \"127.0.0.1\", exec = \"{directory["bin/other"]}\" }}");
        Assert.That(service.Sandbox!.Own, Is.Empty);
        Assert.That(service.Variants[0]!.Sandbox!.Own, Is.EqualTo([directory["bin"]]));
    }

    [Test]
    public void A_file_that_a_sandbox_names_is_no_unread_file()
    {
        using ConfigurationFiles files = new();
        files.Directory.Write("services.d/quiz", "text");
        files.Directory.Write("services.d/other", "text");
        LoadResult result = files.Service("han", Listen + Exec + Basic + "readable = [\"quiz\"]").Load();
        Assert.That(result.UnreadFiles, Is.EqualTo(["other"]));
    }

    [Test]
    public void Services_with_equal_sandboxes_share_one()
    {
        using ConfigurationFiles files = new();
        LoadResult result = files.Service("a", Listen + Exec + Basic).Service("b", Listen + Exec + Basic).Load();
        ServiceDefinition[] services = [.. result.Server!.Services];
        Assert.That(services[0].Sandbox, Is.SameAs(services[1].Sandbox));
    }

    /// <summary>Without the directory of the test's files.</summary>
    private static string Plain(string problem) =>
        System.Text.RegularExpressions.Regex.Replace(problem, "\"[^\"]*/services\\.d/", "\"services.d/");
}
