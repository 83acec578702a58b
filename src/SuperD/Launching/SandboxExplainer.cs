using System.Collections.Frozen;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Launching;

/// <summary>Something that a sandbox has refused.</summary>
/// <param name="What">The call's name, <c>ptrace</c>; the address or the path that it was about.</param>
/// <param name="Key">The key that would allow it, as it is written in the service's file; null when there is none to recommend.</param>
/// <param name="Note">Why there is none.</param>
internal sealed record SandboxFinding(string What, int Count, string? Key, string? Note);

/// <summary>Keeps what sandboxes refuse their handlers, for <c>superd try --explain</c>.</summary>
/// <remarks>
/// Each handler has a thread that answers the calls of it and of its descendants: what the policy refuses fails as it would without an
/// explainer, and what Landlock judges is continued, so Landlock still holds the handler. A handler cannot go on without that thread.
/// </remarks>
internal sealed class SandboxExplainer
{
    private const string NetworkKey = "network = \"on\"";

    /// <summary>Calls that fail without a capability, whatever the filter says; see the man pages.</summary>
    private static readonly FrozenSet<string> s_privileged = FrozenSet.ToFrozenSet(
        ("acct chroot clock_settime delete_module finit_module fsmount fsopen init_module ioperm iopl kexec_file_load kexec_load mount "
        + "mount_setattr move_mount open_by_handle_at open_tree pivot_root quotactl quotactl_fd reboot setdomainname sethostname "
        + "settimeofday swapoff swapon syslog umount2 vhangup").Split(' '),
        StringComparer.Ordinal);

    private static readonly TimeSpan s_untilListening = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(100);

    /// <summary>Guards all that follows; the threads of all handlers use it.</summary>
    private readonly Lock _lock = new();
    private readonly OrderedDictionary<(string What, Remedy Remedy), int> _counts = [];
    private readonly List<Thread> _threads = [];
    private string? _problem;

    /// <summary>Why a handler could not be followed, which ended it; null when all could.</summary>
    public string? Problem
    {
        get
        {
            lock (_lock)
            {
                return _problem;
            }
        }
    }

    /// <summary>What was refused, in the order in which each was met first. Waits until all handlers have ended, but no longer.</summary>
    public IReadOnlyList<SandboxFinding> Collect(TimeSpan longest)
    {
        Thread[] threads;
        lock (_lock)
        {
            threads = [.. _threads];
        }

        DateTime end = DateTime.UtcNow + longest;
        foreach (Thread thread in threads)
        {
            _ = thread.Join(TimeSpan.FromMilliseconds(Math.Max(0, (end - DateTime.UtcNow).TotalMilliseconds)));
        }

        lock (_lock)
        {
            return
            [
                .. _counts.Select(count => new SandboxFinding(
                    count.Key.What, count.Value, count.Key.Remedy.Key, count.Key.Remedy.Note)),
            ];
        }
    }

    /// <summary>Follows a child that was just begun, by a plan with a filter that notifies.</summary>
    /// <param name="pidfd">The caller keeps it.</param>
    public void Follow(ServiceDefinition definition, Fd pidfd)
    {
        if (pidfd.Duplicate(out Fd? own) is { IsError: true, Errno: var errno })
        {
            Fail(pidfd, errno);
            return;
        }

        SandboxDefinition sandbox = definition.Sandbox!; // otherwise there is no filter
        var thread = new Thread(() => BesideLoop.Perform("explain a sandbox", () => Listen(sandbox, definition.Process, own!))) // no error
        {
            IsBackground = true,
            Name = "explain",
        };
        lock (_lock)
        {
            _threads.Add(thread);
        }

        thread.Start();
    }

    private void Listen(SandboxDefinition sandbox, ProcessDefinition process, Fd pidfd)
    {
        using (pidfd)
        {
            SystemCallNotifications? taken;
            int errno;
            while ((errno = SystemCallNotifications.TryTake(pidfd, out taken).Errno) == Errno.EAGAIN)
            {
                Thread.Sleep(s_untilListening);
            }

            if (taken is null)
            {
                if (errno != Errno.ESRCH) // it has ended
                {
                    Fail(pidfd, errno);
                }

                return;
            }

            using SystemCallNotifications notifications = taken;
            var judges = new Judges(
                sandbox,
                process.Credentials ?? (Environment.IsPrivilegedProcess ? new Credentials(0, 0, []) : null),
                SandboxPolicy.Of(sandbox),
                sandbox.Missing.HasFlag(SandboxPromises.Files) || sandbox.Jail is not null // where Landlock holds no files
                    ? null
                    : new FileJudge([.. SandboxFiles.Of(sandbox)], sandbox.Root.Length == 0 ? null : sandbox.Root));
            while (notifications.Receive(s_turn, out SystemCallNotification? call).Errno != Errno.ESRCH)
            {
                if (call is not null)
                {
                    Answer(notifications, call, judges);
                }
            }
        }
    }

    private void Answer(SystemCallNotifications notifications, SystemCallNotification call, Judges judges)
    {
        SystemCallVerdict verdict = judges.Policy.VerdictOn(call.Number, call.Arguments.AsSpan());
        (string What, Remedy Remedy)[] refused = verdict.Action == SystemCallAction.Allow
            ? [.. FindRefused(call, judges)]
            : [(NameOf(call), RemedyOf(call, judges))];
        // The C library goes on with another call when clone3 or openat2 does not exist.
        bool isMissed = verdict.Errno != Errno.ENOSYS || SystemCallTable.NameOf(call.Number) is null;
        if (isMissed && notifications.IsWaiting(call))
        {
            lock (_lock)
            {
                foreach ((string, Remedy) one in refused)
                {
                    _counts[one] = _counts.GetValueOrDefault(one) + 1;
                }
            }
        }

        if (verdict.Action == SystemCallAction.Allow)
        {
            notifications.Continue(call);
        }
        else
        {
            notifications.Refuse(call, verdict.Errno);
        }
    }

    /// <summary>What Landlock will refuse.</summary>
    private static IEnumerable<(string What, Remedy Remedy)> FindRefused(SystemCallNotification call, Judges judges)
    {
        if (!FileJudge.NamesFiles(call.Number))
        {
            InetEndPoint target = call.ReadEndPoint(); // of connect
            return target.IsKnown && !judges.Sandbox.HasNetwork ? [($"connect to {target}", new Remedy(NetworkKey))] : [];
        }

        return judges.Files is null
            ? []
            : judges.Files.FindRefused(call).Select(file => (Wording.Path(file.Path), RemedyOf(file, judges)));
    }

    private static Remedy RemedyOf(RefusedFile file, Judges judges)
    {
        bool writes = file.Access == LandlockAccess.Write;
        if (file.Allowing == "/")
        {
            return new Remedy(null, "a sandbox with all files holds none; name the directory that it needs");
        }

        if (file.Allowing.Split('/') is ["", "proc", [>= '0' and <= '9', ..], ..])
        {
            return new Remedy(null, "no path names the same process again; a program does without");
        }

        // Not kept: what a file's mode is may change while the handler runs.
        var paths = new PathChecker { IsRootPowerless = true };
        return judges.User is { } user && !paths.MayUse(judges.Sandbox.Root, file.Allowing, user, writes)
            ? new Remedy(null, $"its user may not {(writes ? "change" : "read")} it either")
            : new Remedy($"{(writes ? "writable" : "readable")} = [{Wording.QuoteWhole(file.Allowing)}]");
    }

    /// <summary>With which keys the policy would allow a call.</summary>
    private static Remedy RemedyOf(SystemCallNotification call, Judges judges)
    {
        if (SystemCallTable.NameOf(call.Number) is not { } name)
        {
            return new Remedy(null, "this superd does not know it");
        }

        if (s_privileged.Contains(name))
        {
            return new Remedy(null, "it takes a privilege, which no program in a sandbox has");
        }

        SandboxDefinition online = judges.Sandbox with { HasNetwork = true };
        SandboxDefinition corrected = Corrected(judges.Sandbox);
        string correction = $"syscalls = [\"+{name}\"]";
        return Allows(online) ? new Remedy(NetworkKey)
            : Allows(corrected) ? new Remedy(correction)
            : Allows(Corrected(online)) ? new Remedy($"{NetworkKey}, {correction}")
            : new Remedy(null, "no key allows it with this kernel");

        SandboxDefinition Corrected(SandboxDefinition sandbox) =>
            sandbox with { SystemCalls = [.. sandbox.SystemCalls, $"+{name}"] };

        bool Allows(SandboxDefinition sandbox) =>
            SandboxPolicy.Of(sandbox).VerdictOn(call.Number, call.Arguments.AsSpan()).Action == SystemCallAction.Allow;
    }

    private static string NameOf(SystemCallNotification call) => SystemCallTable.NameOf(call.Number) ?? $"system call {call.Number}";

    /// <summary>Ends a child that would wait for an answer without end.</summary>
    private void Fail(Fd pidfd, int errno)
    {
        _ = ChildProcess.Signal(pidfd, Signal.SIGKILL);
        lock (_lock)
        {
            _problem ??= $"cannot see what the sandbox refuses: pidfd_getfd: {Errno.Describe(errno)}; "
                + "--explain needs Linux 5.6 and the right to trace the handler (CAP_SYS_PTRACE)";
        }
    }

    /// <summary>What a handler is held by.</summary>
    /// <param name="User">Null when superd is not root, and so the handler's user its own.</param>
    /// <param name="Files">Null when nothing holds its files.</param>
    private readonly record struct Judges(SandboxDefinition Sandbox, Credentials? User, SystemCallPolicy Policy, FileJudge? Files);

    /// <summary>The key that would allow something, or why none is recommended.</summary>
    private readonly record struct Remedy(string? Key, string? Note = null);
}
