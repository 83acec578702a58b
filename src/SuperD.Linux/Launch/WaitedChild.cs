using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace SuperD.Linux;

/// <summary>A child that a thread beside the loop makes and waits for. Blocks: not on the loop. One thread.</summary>
/// <remarks>
/// Its plan uses no slots and no values of a launch. The kernel lists it among the children of its thread, where superd does not look for
/// processes of handlers.
/// </remarks>
internal sealed unsafe class WaitedChild : IDisposable
{
    /// <summary>A killed child that is not gone after this time is stuck in the kernel.</summary>
    private static readonly TimeSpan s_longestEnd = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_lookInterval = TimeSpan.FromMilliseconds(1);
    private static readonly Lazy<ProcessLauncher> s_processes = new(() => ProcessLauncher.Create(slots: 0));
    private static readonly ConcurrentBag<nint> s_records = [];

    /// <summary>Those that are stuck read their plans when they come free.</summary>
    private static readonly ConcurrentBag<WaitedChild> s_stuck = [];

    private readonly LaunchPlan _plan;
    private readonly LaunchStep[] _steps;
    private readonly LaunchRecord* _record;
    private Fd? _pidfd;

    private WaitedChild(LaunchPlan plan)
    {
        _plan = plan;
        _steps = GC.AllocateUninitializedArray<LaunchStep>(plan.Steps.Length, pinned: true);
        plan.Steps.CopyTo(_steps);
        _record = s_records.TryTake(out nint used) ? (LaunchRecord*)used : (LaunchRecord*)LaunchCode.MapShared((nuint)sizeof(LaunchRecord));
        *_record = default;
    }

    /// <summary>Its pid.</summary>
    public int Pid { get; private set; }

    /// <summary>The step that failed, and why; null if none did.</summary>
    public LaunchError? Error => _record->NegativeErrno == 0 ? null : new LaunchError(_plan.NameOf(Step), (int)-_record->NegativeErrno);

    /// <summary>The number of the current step; -1 before the first.</summary>
    private int Step => _record->Step == 0 ? -1 : (int)((_record->Step - (nint)First) / sizeof(LaunchStep));

    private LaunchStep* First => (LaunchStep*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _steps[0]); // pinned

    /// <summary>Makes one; false if the clone fails.</summary>
    public static bool TryStart(LaunchPlan plan, [NotNullWhen(true)] out WaitedChild? child, out LaunchError error)
    {
        child = new WaitedChild(plan);
        error = default;
        nint pid = s_processes.Value.Clone(child.First, child._record, cgroup: null, plan.HasOwnMemory, plan.CloneFlags, out int pidfd);
        if (pid < 0)
        {
            child.Dispose();
            child = null;
            error = new LaunchError("clone", (int)-pid);
            return false;
        }

        child.Pid = (int)pid;
        child._pidfd = new Fd(pidfd);
        return true;
    }

    /// <summary>Runs a plan to its end.</summary>
    /// <returns>The step that failed; null if none did, or if the child was killed or has not come to an end in time.</returns>
    public static LaunchError? Run(LaunchPlan plan, TimeSpan longest)
    {
        if (!TryStart(plan, out WaitedChild? child, out LaunchError error))
        {
            return error;
        }

        using (child)
        {
            child.WaitForEnd(longest);
            return child.Error;
        }
    }

    /// <summary>Waits until it is at its last step, which does not return; false if it ends, fails, or takes longer.</summary>
    public bool WaitForLastStep(TimeSpan longest)
    {
        long end = Environment.TickCount64 + (long)longest.TotalMilliseconds;
        while (Step < _steps.Length - 1)
        {
            if (Error is not null || Environment.TickCount64 > end || ChildProcess.WaitForEnd(_pidfd!, s_lookInterval)) // it was started
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Waits for its end; false if it takes longer.</summary>
    public bool WaitForEnd(TimeSpan longest) => ChildProcess.WaitForEnd(_pidfd!, longest); // it was started

    /// <summary>Kills it, unless it has ended, and reaps it.</summary>
    public void Dispose()
    {
        if (_pidfd is { } pidfd)
        {
            _pidfd = null;
            _ = ChildProcess.Signal(pidfd, Signal.SIGKILL);
            bool isGone = ChildProcess.WaitForEnd(pidfd, s_longestEnd);
            _ = ChildProcess.Reap(pidfd, out _, out _);
            pidfd.Dispose();
            if (!isGone)
            {
                s_stuck.Add(this);
                return;
            }
        }

        s_records.Add((nint)_record);
    }
}
