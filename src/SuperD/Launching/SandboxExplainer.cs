using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Launching;

/// <summary>Keeps what sandboxes refuse their handlers, for <c>superd try --explain</c>.</summary>
/// <remarks>
/// Each handler has a thread that answers the calls of it and of its descendants: what the policy refuses fails as it would without an
/// explainer, and what Landlock judges is continued, so Landlock still holds the handler. A handler cannot go on without that thread.
/// </remarks>
internal sealed class SandboxExplainer
{
    private static readonly TimeSpan s_untilListening = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(100);

    /// <summary>Guards all that follows; the threads of all handlers use it.</summary>
    private readonly Lock _lock = new();
    private readonly OrderedDictionary<SandboxRefusal, int> _counts = [];
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

    /// <summary>What was refused, see <see cref="RefusalList"/>. Waits until all handlers have ended, but no longer.</summary>
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
            return RefusalList.Arrange(_counts);
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
            var judge = new RefusalJudge(sandbox, process);
            while (notifications.Receive(s_turn, out SystemCallNotification? call).Errno != Errno.ESRCH)
            {
                if (call is not null)
                {
                    Answer(notifications, call, judge);
                }
            }
        }
    }

    private void Answer(SystemCallNotifications notifications, SystemCallNotification call, RefusalJudge judge)
    {
        SystemCallVerdict verdict = judge.VerdictOn(call);
        SandboxRefusal[] refused = [.. judge.FindRefused(call)];

        // The C library goes on with another call when clone3 or openat2 does not exist.
        bool isMissed = verdict.Errno != Errno.ENOSYS || SystemCallTable.NameOf(call.Number) is null;
        if (isMissed && notifications.IsWaiting(call))
        {
            lock (_lock)
            {
                foreach (SandboxRefusal one in refused)
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
}
