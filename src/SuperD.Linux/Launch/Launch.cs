using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>How far a launch has come.</summary>
public enum LaunchState
{
    /// <summary>The child makes the plan's system calls, or waits in execve(2) for a disk.</summary>
    UnderWay,

    /// <summary>The child executes its program, or did.</summary>
    Executed,

    /// <summary>A step failed: the child ends, or has ended, and is to be reaped. <see cref="Launch.Error"/> says which.</summary>
    Failed,
}

/// <summary>What a launch failed of.</summary>
/// <param name="Step">The step's name: <c>clone</c>, <c>setgid(1234)</c>, <c>execve</c>.</param>
/// <param name="Errno">Its error.</param>
public readonly record struct LaunchError(string Step, int Errno);

/// <summary>One launch: what its child reads until it has executed, and where it says how far it has come. One thread at a time.</summary>
/// <remarks>Taken from a <see cref="ProcessLauncher"/>, started once, looked at, given back; the same objects serve later launches, which so allocate next to nothing.</remarks>
public sealed unsafe class Launch
{
    private readonly ProcessLauncher _launcher;
    private readonly LaunchRecord* _record;
    private readonly long* _executeTime;
    private readonly LibC.rlimit* _openFiles;
    private LaunchStep[] _steps = GC.AllocateUninitializedArray<LaunchStep>(40, pinned: true);
    private LaunchPlan? _plan;
    private LaunchSlots? _slots;

    internal Launch(ProcessLauncher launcher)
    {
        _launcher = launcher;
        _record = (LaunchRecord*)LaunchCode.MapShared((nuint)(sizeof(LaunchRecord) + (2 * sizeof(long)) + sizeof(LibC.rlimit)));
        _executeTime = (long*)(_record + 1);
        _openFiles = (LibC.rlimit*)(_executeTime + 2);
    }

    /// <summary>The variables of this launch, to be written before <see cref="Start"/>.</summary>
    public EnvironmentBlock Environment { get; } = new();

    /// <summary>The child's pid once it is started.</summary>
    public int Pid { get; private set; }

    /// <summary>How far it has come. Executed and failed are final.</summary>
    public LaunchState State => IsUnderWay ? LaunchState.UnderWay
        : _record->NegativeErrno == 0 ? LaunchState.Executed
        : LaunchState.Failed;

    /// <summary>Why it has failed, if <see cref="State"/> says so.</summary>
    public LaunchError Error => new(_plan!.NameOf((int)((_record->Step - (nint)Steps) / sizeof(LaunchStep))), (int)-_record->NegativeErrno); // started: there is a plan

    /// <summary>When the child went on to execve(2), in nanoseconds of CLOCK_MONOTONIC; once it has executed.</summary>
    public long ExecuteTime => (_executeTime[0] * 1_000_000_000) + _executeTime[1];

    private bool IsUnderWay
    {
        get
        {
            // A child with memory of its own cannot tell superd in superd's memory that it executes: the kernel tells it in /proc.
            if (Volatile.Read(ref _record->Shares) != 0 && _plan is { HasOwnMemory: true } && !ChildProcess.IsToExecute(Pid))
            {
                _record->Shares = 0;
            }

            return Volatile.Read(ref _record->Shares) != 0;
        }
    }

    private LaunchStep* Steps => (LaunchStep*)Unsafe.AsPointer(ref _steps[0]); // pinned

    /// <summary>Makes the child. It goes its way by itself: this returns at once.</summary>
    /// <param name="socket">What <see cref="LaunchPlan.PlaceSocket"/> places; the caller goes on owning it.</param>
    /// <param name="stderr">What <see cref="LaunchPlan.PlaceStderr"/> or <see cref="LaunchPlan.PlaceProgram"/> places, owned by the caller; null = /dev/null.</param>
    /// <param name="cgroup">The directory of the cgroup v2 the child is born in; null = superd's own.</param>
    /// <param name="pidfd">Readable when the child has ended; owned by the receiver, who reaps. Null when there is no child.</param>
    /// <returns>Null, or why there is no child.</returns>
    public LaunchError? Start(LaunchPlan plan, Fd socket, Fd? stderr, Fd? cgroup, out Fd? pidfd)
    {
        LaunchSlots slots = _slots ?? throw new InvalidOperationException("the launch was started before, or given back");
        pidfd = null;
        SysResult placed = slots.Place(socket, stderr);
        if (placed.IsError)
        {
            return new LaunchError("dup3", placed.Errno);
        }

        Fill(plan, slots);
        *_record = new LaunchRecord { Shares = 1 };
        nint pid = _launcher.Clone(Steps, _record, cgroup, plan.HasOwnMemory, out int fd);
        if (pid < 0)
        {
            *_record = default;
            return new LaunchError("clone", (int)-pid);
        }

        Pid = (int)pid;
        pidfd = new Fd(fd);
        return null;
    }

    /// <summary>Gives the slots back before the child has executed, so that a slow disk holds up no others; false when it still needs them.</summary>
    public bool TryFreeSlots()
    {
        if (_slots is not null && Volatile.Read(ref _record->Step) > (nint)Steps)
        {
            FreeSlots();
        }

        return _slots is null;
    }

    /// <summary>Gives it back. Not while it is under way: the child would read what the next launch writes.</summary>
    public void Release()
    {
        if (State == LaunchState.UnderWay)
        {
            throw new InvalidOperationException("a launch was given back that its child still reads");
        }

        FreeSlots();
        _plan = null;
        Environment.Clear();
        _launcher.Return(this);
    }

    /// <summary>The slots it places the child's descriptors in; they are the launch's until it gives them back.</summary>
    internal void Take(LaunchSlots slots) => _slots = slots;

    private void FreeSlots()
    {
        if (_slots is { } slots)
        {
            _slots = null;
            _launcher.Return(slots);
        }
    }

    /// <summary>Not above what superd itself has by now: without a capability the kernel would not let the child have it.</summary>
    private nint FillOpenFiles(LibC.rlimit planned)
    {
        LibC.rlimit now;
        if (LibC.getrlimit((int)Resource.OpenFiles, &now) == 0)
        {
            planned.rlim_max = Math.Min(planned.rlim_max, now.rlim_max);
            planned.rlim_cur = Math.Min(planned.rlim_cur, planned.rlim_max);
        }

        *_openFiles = planned;
        return (nint)_openFiles;
    }

    /// <summary>Copies the plan's steps and fills in what only this launch knows.</summary>
    private void Fill(LaunchPlan plan, LaunchSlots slots)
    {
        _plan = plan; // its memory must live as long as the child reads it
        ReadOnlySpan<LaunchStep> planned = plan.Steps;
        if (_steps.Length < planned.Length)
        {
            _steps = GC.AllocateUninitializedArray<LaunchStep>(planned.Length, pinned: true);
        }

        planned.CopyTo(_steps);
        int ownPid = plan.HasOwnPid ? LaunchPlan.AddListenPid(Environment) : 0;
        nint environment = Environment.Complete(plan.Environment);
        foreach ((int step, int argument, LaunchValue value) in plan.Values)
        {
            (&Steps[step].A0)[argument] = value switch
            {
                LaunchValue.SocketSlot => slots.Socket,
                LaunchValue.StderrSlot => slots.Stderr,
                LaunchValue.AboveSlots => slots.Stderr + 1,
                LaunchValue.Environment => environment,
                LaunchValue.ExecuteTime => (nint)_executeTime,
                LaunchValue.OpenFiles => FillOpenFiles(plan.OpenFiles),
                _ => Environment.AddressOf(ownPid),
            };
        }
    }
}
