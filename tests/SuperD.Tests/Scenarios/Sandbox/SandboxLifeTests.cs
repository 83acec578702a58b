using System.Text.Json;
using NUnit.Framework;
using SuperD.Tests.Support;
using static SuperD.Tests.Scenarios.Sandbox.SandboxedHandler;

namespace SuperD.Tests.Scenarios.Sandbox;

/// <summary>A sandbox over superd's life: many launches, reloads, an upgrade, a lesser kernel; and what superd says of it.</summary>
public sealed class SandboxLifeTests
{
    private const string WhatIsHeld = "ls /var >/dev/null 2>&1 && echo files || echo no files; "
        + "unshare -U true 2>/dev/null && echo calls || echo no calls";

    private TempDir _directory = null!; // set before each test

    [SetUp]
    public void MakeDirectory() => _directory = new TempDir();

    [TearDown]
    public void DeleteDirectory() => _directory.Dispose();

    [Test]
    public void A_thousand_launches_leave_no_descriptor()
    {
        const int Launches = 1000;
        using SandboxedHandler handler = new(AnyUser, "basic", "exec = '/bin/true'\n");
        _ = handler.Ask();
        _ = handler.Daemon.WaitFor("end", Service);
        int before = ProcFs.CountDescriptors(handler.Daemon.Pid);

        Parallel.For(0, Launches, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => handler.Ask());

        _ = handler.Daemon.WaitFor(line => line.Is("end", Service), Launches + 1, "all have ended");
        Assert.That(handler.Daemon.Log.Where(line => line.Event == "launch_failed"), Is.Empty);
        const int Few = 4; // a pipe made in advance, a list of children
        Patience.Until(() => ProcFs.CountDescriptors(handler.Daemon.Pid) <= before + Few, "descriptors are closed");
        Assert.That(Rulesets(handler.Daemon), Is.EqualTo(1));
    }

    [Test]
    public void A_reload_makes_the_sandbox_anew_and_closes_the_old_one()
    {
        using SandboxedHandler handler = new(AnyUser, "basic", TomlText.ExecShell(WhatIsHeld));
        Daemon daemon = handler.Daemon;
        Assert.That(handler.Ask(), Is.EqualTo("no files\nno calls\n"));
        Assert.That(Rulesets(daemon), Is.EqualTo(1));

        daemon.Write(Service, Toml(AnyUser, "basic", TomlText.ExecShell(WhatIsHeld), "readable = '/'\n"));
        Assert.That(daemon.Reload(), Is.EqualTo("added 0, changed 1, removed 0, kept 0"));
        Assert.That(Rulesets(daemon), Is.Zero, "nobody has come yet");
        Assert.That(handler.Ask(), Is.EqualTo("files\nno calls\n"));
        Assert.That(Rulesets(daemon), Is.EqualTo(1));

        daemon.Write("other", Toml(AnyUser, "none", "exec = '/bin/cat'\n"));
        _ = daemon.Reload();
        Assert.That(Rulesets(daemon), Is.Zero, "an unchanged service makes it anew as well");
        Assert.That(handler.Ask(), Is.EqualTo("files\nno calls\n"));

        daemon.Write(Service, Toml(AnyUser, "none", TomlText.ExecShell("echo free")));
        _ = daemon.Reload();
        Assert.That(handler.Ask(), Is.EqualTo("free\n"));
        Assert.That(Rulesets(daemon), Is.Zero);
    }

    [Test]
    public void An_upgrade_keeps_the_sandbox_and_no_descriptor_of_it()
    {
        using SandboxedHandler handler = new(AnyUser, "basic", TomlText.ExecShell($"{WhatIsHeld}; read line; {WhatIsHeld}"));
        using Client client = handler.Daemon.Connect(Service);
        Assert.That((client.ReadLine(), client.ReadLine()), Is.EqualTo(("no files", "no calls")));

        _ = handler.Daemon.Upgrade();

        Assert.That(client.Send("go\n").ReadToEnd(), Is.EqualTo("no files\nno calls\n"), "a live handler stays in its sandbox");
        Assert.That(handler.Ask("\n"), Is.EqualTo("no files\nno calls\nno files\nno calls\n"));
        Assert.That(Rulesets(handler.Daemon), Is.EqualTo(1));
    }

    [Test]
    public void A_kernel_without_Landlock_is_an_error_of_the_service()
    {
        string[] wrapper = [LesserKernel.Without(_directory, "landlock_create_ruleset", "ENOSYS")];
        (string name, string toml)[] services =
            [(Service, Toml(AnyUser, "basic", TomlText.ExecShell(WhatIsHeld))), ("free", Toml(AnyUser, "none", "exec = '/bin/cat'\n"))];
        using Daemon daemon = Daemon.Start(new DaemonOptions { Wrapper = wrapper }, services);

        Assert.That(
            daemon.Log.Select(line => line.Message),
            Has.Some.Contains("sandbox = \"basic\" cannot confine files: this kernel (").And.Some.Contains("sandbox_best_effort"));
        using Client client = daemon.Connect("free");
        Assert.That(client.Send("up\n").ReadLine(), Is.EqualTo("up"), "other services run");
        Assert.That(daemon.Log.Where(line => line.Is("listen", Service)), Is.Empty);
    }

    /// <summary>systemd denies it to a unit with RestrictSUIDSGID=, as superd.service has it.</summary>
    [TestCase("basic")]
    [TestCase("strict")]
    public void Where_there_is_no_openat2_the_sandbox_is_the_same(string profile)
    {
        string[] wrapper = [LesserKernel.Without(_directory, "openat2", "ENOSYS")];
        using SandboxedHandler handler = new(
            AnyUser, profile, TomlText.ExecShell(WhatIsHeld), "", new DaemonOptions { Wrapper = wrapper });

        Assert.That(handler.Ask(), Is.EqualTo("no files\nno calls\n"));
    }

    [Test]
    public void With_best_effort_the_rest_of_the_sandbox_holds()
    {
        string[] wrapper = [LesserKernel.Without(_directory, "landlock_create_ruleset", "EOPNOTSUPP")];
        using SandboxedHandler handler = new(
            AnyUser,
            "basic",
            TomlText.ExecShell(WhatIsHeld),
            "sandbox_best_effort = true\n",
            new DaemonOptions { Wrapper = wrapper });

        Assert.That(handler.Ask(), Is.EqualTo("files\nno calls\n"));
        JsonElement held = ConsoleSocket.Ask(handler.Daemon, $$"""{"command":"status","service":"{{Service}}"}""")
            .GetProperty("services")[0].GetProperty("held");
        Assert.That(held.GetProperty("missing").EnumerateArray().Select(one => one.GetString()), Is.EqualTo(["files"]));
        ProgramResult status = SuperdProgram.Run(handler.Daemon.Directory.Path, "status", Service);
        Assert.That(status.StandardOutput, Does.Contain("sandbox basic, network").And.Contain(", not kept by this kernel: files\n"));
        Assert.That(
            handler.Daemon.Log.Select(line => line.Message),
            Has.Some.Contains("add landlock to lsm= of its command line; sandbox_best_effort"));
    }

    [Test]
    public void Without_filters_too()
    {
        string[] wrapper = [LesserKernel.Without(_directory, "seccomp", "EPERM")];
        using SandboxedHandler handler = new(
            AnyUser,
            "strict",
            TomlText.ExecShell(WhatIsHeld),
            "sandbox_best_effort = true\n",
            new DaemonOptions { Wrapper = wrapper });

        Assert.That(handler.Ask(), Does.StartWith("no files\n"));
        ProgramResult status = SuperdProgram.Run(handler.Daemon.Directory.Path, "status", Service);
        Assert.That(
            status.StandardOutput, Does.Contain("sandbox strict, no network").And.Contain(", not kept by this kernel: syscalls network\n"));
    }

    [Test]
    public void Check_and_status_say_in_one_line_what_holds_a_service()
    {
        _directory.Write("superd.toml", "");
        _directory.Write(
            "services.d/held.toml",
            Toml(
                AnyUser,
                "strict",
                "exec = '/bin/cat'\n",
                "readable = ['/srv', '-/x']\nwritable = '/tmp'\nrlimit = { nproc = 9, nofile = 9 }\n"));
        _directory.Write("services.d/own.toml", "listen = '127.0.0.1:0'\nbuiltin = 'echo'\n");
        ProgramResult check = SuperdProgram.Run(_directory.Path, "check");
        string line = check.StandardOutput.Split('\n').Single(one => one.StartsWith("held: "));
        Assert.That(
            line,
            Is.EqualTo($"held: user {AnyUser}, sandbox strict (2 readable, 1 writable), no network, rlimit nproc nofile, cgroup").Or
                .EqualTo($"held: user {AnyUser}, sandbox strict (2 readable, 1 writable), no network, rlimit nproc nofile, no cgroup"));
        Assert.That(check.StandardOutput, Does.Not.Contain("own: "));

        JsonElement held = JsonDocument.Parse(SuperdProgram.Run(_directory.Path, "check", "--json").StandardOutput)
            .RootElement.GetProperty("held").GetProperty("held");
        Assert.That(
            (held.GetProperty("user").GetString(), held.GetProperty("sandbox").GetString(), held.GetProperty("readable").GetInt32(),
                held.GetProperty("writable").GetInt32(), held.GetProperty("network").GetBoolean()),
            Is.EqualTo((AnyUser, "strict", 2, 1, false)));

        using SandboxedHandler handler = new(AnyUser, "basic", "exec = '/bin/cat'\n");
        ProgramResult status = SuperdProgram.Run(handler.Daemon.Directory.Path, "status", Service);
        Assert.That(status.StandardOutput, Does.Match($"(?m)^held by +user {AnyUser}, sandbox basic, network, (no )?cgroup$"));
    }

    [Test]
    public void A_trial_runs_in_the_sandbox()
    {
        _directory.Write("superd.toml", "");
        _directory.Write("services.d/held.toml", Toml(AnyUser, "basic", TomlText.ExecShell(WhatIsHeld)));
        ProgramResult result = SuperdProgram.Run(_directory.Path, "try", "held", "--half-close");
        Assert.That(result.StandardOutput, Does.StartWith("no files\nno calls\n"), result.StandardError);
    }

    /// <summary>How many rulesets superd has open.</summary>
    private static int Rulesets(Daemon daemon) =>
        ProcFs.Descriptors(daemon.Pid).Values.Count(what => what.Contains("landlock", StringComparison.Ordinal));
}
