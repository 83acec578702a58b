using NUnit.Framework;
using SuperD.Linux;
using SuperD.Tests.Support;

namespace SuperD.Tests.Linux.Sandbox;

/// <summary>Calls that wait for an answer, and what is said about the files they name.</summary>
[NonParallelizable]
public sealed class SystemCallNotificationTests : SandboxProbeTests
{
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(20);

    [TestCase(false)]
    [TestCase(true)]
    public void A_call_that_is_refused_is_reported_and_gets_its_answer(bool asNobody)
    {
        Needs.Landlock(1);
        if (asNobody)
        {
            Needs.Root();
        }

        string[] attempts = ["fork", "thread", "call:101:0", "call:272:0", "call:41:17:3:0", "call:39"];
        var sandbox = new ProbeSandbox
        {
            Policy = SystemCallPolicy.Basic,
            Notifies = true,
            Credentials = asNobody ? SandboxProbe.Nobody : null,
        };

        (string[] results, string[] told) = TryAndListen(sandbox, [], attempts);

        Assert.That(results, Is.EqualTo(new[] { "0", "0", "EPERM", "EPERM", "EAFNOSUPPORT", "0" }));
        Assert.That(told, Is.EqualTo(new[] { "clone3", "ptrace", "unshare", "socket" }));
    }

    [Test]
    public void A_file_that_the_ruleset_refuses_is_named_with_the_path_that_a_rule_would_have_to_name()
    {
        Needs.Landlock(3);
        string readable = Scratch.MakeDirectory("readable");
        string other = Scratch.MakeDirectory("other");
        string writable = Scratch.MakeDirectory("writable");
        foreach (string directory in new[] { readable, other, writable })
        {
            File.WriteAllText($"{directory}/file", "");
        }

        File.Copy(Probe.Program, $"{other}/probe");
        Directory.CreateSymbolicLink($"{readable}/link", $"{other}/file");
        LandlockRule[] rules =
        [
            new(Probe.Program, LandlockAccess.Read),
            new(readable, LandlockAccess.Read),
            new(writable, LandlockAccess.Write),
            new($"{writable}/missing", LandlockAccess.Read, IsOptional: true),
            new("/dev/null", LandlockAccess.Device),
        ];

        // What Landlock answers, and what is told of it.
        (string Attempt, string Result, string? Told)[] expected =
        [
            ($"open:{readable}/file:0", "0", null),
            ($"open:{other}/file:0", "EACCES", $"{other}/file Read {other}/file"),
            ($"open:{other}/missing:0", "ENOENT", null),
            ($"open:{other}:0", "EACCES", $"{other} Read {other}"),
            ($"open:{readable}/link:0", "EACCES", $"{other}/file Read {other}/file"),
            ($"open:{readable}/../other/file:0", "EACCES", $"{other}/file Read {other}/file"),
            ($"openat:{other}:file:0", "EACCES", $"{other}/file Read {other}/file"),
            ($"openat2:{other}/file", "EACCES", $"{other}/file Read {other}/file"),
            ($"open:{readable}/file:2", "EACCES", $"{readable}/file Write {readable}/file"),
            ($"open:{readable}/file:0x200", "EACCES", $"{readable}/file Write {readable}/file"),
            ($"open:{readable}/new:0x41", "EACCES", $"{readable}/new Write {readable}"),
            ($"truncate:{readable}/file", "EACCES", $"{readable}/file Write {readable}/file"),
            ($"mkdir:{readable}/new", "EACCES", $"{readable}/new Write {readable}"),
            ($"rename:{readable}/file:{writable}/new", "EACCES", $"{readable}/file Write {readable}"),
            ($"exec:{other}/probe", "EACCES", $"{other}/probe Read {other}/probe"),
            ($"open:{writable}/new:0x241", "0", null),
            ($"mkdir:{writable}/directory", "0", null),
            ("open:/dev/null:0x241", "0", null),
            ("open:/dev/zero:0", "EACCES", "/dev/zero Read /dev/zero"),
            ($"chdir:{other}", "0", null),
            ("open:file:0", "EACCES", $"{other}/file Read {other}/file"),
            ("open:../readable/file:0", "0", null),
        ];
        (string[] results, string[] told) = TryAndListen(
            new ProbeSandbox { Policy = SystemCallPolicy.Basic.With(["+openat2"]), Notifies = true, Ruleset = RulesetOf(rules) },
            rules,
            [.. expected.Select(one => one.Attempt)]);

        Assert.That(
            expected.Select(one => one.Attempt).Zip(results), Is.EqualTo(expected.Select(one => (one.Attempt, one.Result))));
        Assert.That(told, Is.EqualTo(expected.Select(one => one.Told).OfType<string>()));
    }

    [Test]
    public void Below_a_new_root_paths_are_those_of_the_process()
    {
        Needs.Root();
        Needs.Landlock(1);
        Scratch.MakeDirectory("etc");
        Scratch.Write("etc/own", "");
        File.Copy(Probe.Program, Scratch["probe"]);
        Directory.CreateSymbolicLink(Scratch["link"], "/etc/own");
        LandlockRule[] rules = [new("/probe", LandlockAccess.Read)];
        var sandbox = new ProbeSandbox
        {
            Policy = SystemCallPolicy.Basic,
            Notifies = true,
            Ruleset = RulesetOf(rules, Scratch.Path),
            Others = plan =>
            {
                plan.ChangeRoot(Scratch.Path);
                plan.ChangeDirectory("/etc");
            },
        };

        (string[] results, string[] told) = TryAndListen(
            sandbox, rules, ["open:/probe:0", "open:/link:0", "open:own:0", "open:../../etc/own:0"], "/probe", Scratch.Path);

        Assert.That(results, Is.EqualTo(new[] { "0", "EACCES", "EACCES", "EACCES" }));
        Assert.That(told, Is.EqualTo(Enumerable.Repeat("/etc/own Read /etc/own", 3)));
    }

    [Test]
    public void Without_a_listener_or_a_child_there_is_nothing_to_take()
    {
        using var child = new LaunchedChild(Probe.Launcher, LaunchedChild.Plan(LaunchedChild.Sleeper));

        Assert.That(SystemCallNotifications.TryTake(child.Pidfd!, out _).Errno, Is.EqualTo(Errno.EAGAIN)); // no error
        _ = SuperD.Linux.ChildProcess.Signal(child.Pidfd!, Signal.SIGKILL);
        Assert.That(SuperD.Linux.ChildProcess.WaitForEnd(child.Pidfd!, Patience.Limit), Is.True);
        Assert.That(SystemCallNotifications.TryTake(child.Pidfd!, out _).Errno, Is.EqualTo(Errno.ESRCH));
    }

    private static LandlockRuleset RulesetOf(IReadOnlyList<LandlockRule> rules, string? root = null)
    {
        Assert.That(LandlockRuleset.Create(rules, root, networkOff: false, out LandlockRuleset? ruleset), Is.Null);
        return ruleset!; // no error
    }

    /// <summary>Tries things, answers all calls as the policy says, and tells what was refused.</summary>
    private (string[] Results, string[] Told) TryAndListen(
        ProbeSandbox sandbox, LandlockRule[] rules, string[] attempts, string? program = null, string? root = null)
    {
        Task<string[]>? listening = null;
        string[] results = Probe.Run(
            sandbox.Plan([program ?? Probe.Program, .. attempts]),
            begun: pidfd => listening = Task.Run(() => Listen(pidfd, sandbox.Policy!, rules, root))); // each test has one
        sandbox.Ruleset?.Dispose();
        return (results, listening!.WaitAsync(Patience.Limit).GetAwaiter().GetResult()); // a child was begun
    }

    private static string[] Listen(Fd pidfd, SystemCallPolicy policy, LandlockRule[] rules, string? root)
    {
        SystemCallNotifications? taken = null;
        Patience.Until(() => SystemCallNotifications.TryTake(pidfd, out taken) == SysResult.Ok(), "the child has a listener");
        using SystemCallNotifications notifications = taken!; // the line above waits for it
        var judge = new FileJudge(rules, root);
        var told = new List<string>();
        while (notifications.Receive(s_turn, out SystemCallNotification? call).Errno != Errno.ESRCH)
        {
            if (call is null)
            {
                continue;
            }

            if (policy.VerdictOn(call.Number, call.Arguments.AsSpan()) is { Action: SystemCallAction.Refuse } verdict)
            {
                told.Add(SystemCallTable.NameOf(call.Number)!); // no other is tried
                notifications.Refuse(call, verdict.Errno);
                continue;
            }

            IEnumerable<RefusedFile> files = rules.Length == 0 ? [] : judge.FindRefused(call);
            told.AddRange(files.Select(file => $"{file.Path} {file.Access} {file.Allowing}"));
            Assert.That(notifications.IsWaiting(call), Is.True);
            notifications.Continue(call);
        }

        return [.. told];
    }
}
