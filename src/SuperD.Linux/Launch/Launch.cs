using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>The progress of a launch.</summary>
public enum LaunchState
{
    /// <summary>The child runs the plan's system calls or waits in execve(2) for a disk.</summary>
    UnderWay,

    /// <summary>The child has executed its program.</summary>
    Executed,

    /// <summary>A step failed, see <see cref="Launch.Error"/>. The child exits or has exited and must be reaped.</summary>
    Failed,
}

/// <summary>Why a launch failed.</summary>
/// <param name="Step">The step's name: <c>clone</c>, <c>setgid(1234)</c>, <c>execve</c>.</param>
/// <param name="Errno">The step's errno.</param>
public readonly record struct LaunchError(string Step, int Errno);

/// <summary>One launch: the memory its child reads until execve, and the record in which the child reports progress.</summary>
/// <remarks>
/// A caller takes it from a <see cref="ProcessLauncher"/>, starts it once, polls it and releases it. Later launches reuse the object,
/// so a launch allocates almost nothing. One thread at a time.
/// </remarks>
public sealed unsafe class Launch
{
    private readonly ProcessLauncher _launcher;
    private readonly LaunchRecord* _record;
    private readonly long* _executeTime;
    private readonly LibC.rlimit* _openFiles;
    private LaunchStep[] _steps = GC.AllocateUninitializedArray<LaunchStep>(40, pinned: true);
    private LaunchPlan? _plan;
    private LaunchSlots? _slots;
    private LaunchStrings? _arguments;

    internal Launch(ProcessLauncher launcher)
    {
        _launcher = launcher;
        _record = (LaunchRecord*)LaunchCode.MapShared((nuint)(sizeof(LaunchRecord) + (2 * sizeof(long)) + sizeof(LibC.rlimit)));
        _executeTime = (long*)(_record + 1);
        _openFiles = (LibC.rlimit*)(_executeTime + 2);
    }

    /// <summary>The variables of this launch; fill them in before <see cref="Start"/>.</summary>
    public LaunchStrings Environment { get; } = new();

    /// <summary>The arguments of this launch, after those of <see cref="LaunchPlan.ExecuteWithMore"/>; filled in before Start.</summary>
    public LaunchStrings Arguments => _arguments ??= new LaunchStrings();

    /// <summary>The user of a plan with <see cref="LaunchPlan.SetDynamicCredentials"/>; set before <see cref="Start"/>.</summary>
    public uint DynamicUser { get; set; }

    /// <summary>The child's pid, after <see cref="Start"/>.</summary>
    public int Pid { get; private set; }

    /// <summary>The progress. Executed and Failed are final.</summary>
    public LaunchState State => IsUnderWay ? LaunchState.UnderWay
        : _record->NegativeErrno == 0 ? LaunchState.Executed
        : LaunchState.Failed;

    /// <summary>The failure, when <see cref="State"/> is Failed.</summary>
    public LaunchError Error
    {
        get
        {
            int step = (int)((_record->Step - (nint)Steps) / sizeof(LaunchStep));
            return new LaunchError(_plan!.NameOf(step), (int)-_record->NegativeErrno); // a started launch has a plan
        }
    }

    /// <summary>The time right before execve(2), in nanoseconds of CLOCK_MONOTONIC; valid when Executed.</summary>
    public long ExecuteTime => (_executeTime[0] * 1_000_000_000) + _executeTime[1];

    private bool IsUnderWay
    {
        get
        {
            // A child with its own memory cannot clear Shares when it executes, so ask the kernel through /proc.
            if (Volatile.Read(ref _record->Shares) != 0 && _plan is { HasOwnMemory: true } && !ChildProcess.IsToExecute(Pid))
            {
                _record->Shares = 0;
            }

            return Volatile.Read(ref _record->Shares) != 0;
        }
    }

    private LaunchStep* Steps => (LaunchStep*)Unsafe.AsPointer(ref _steps[0]); // pinned

    /// <summary>Creates the child and returns at once; the child continues by itself.</summary>
    /// <param name="socket">The descriptor for <see cref="LaunchPlan.PlaceSocket"/>; the caller keeps ownership.</param>
    /// <param name="stderr">
    /// The descriptor for <see cref="LaunchPlan.PlaceStderr"/> or <see cref="LaunchPlan.PlaceProgram"/>; the caller keeps ownership.
    /// Null = /dev/null.
    /// </param>
    /// <param name="cgroup">The directory of the cgroup v2 the child is created in; null = superd's own.</param>
    /// <param name="pidfd">Readable when the child has exited; the caller owns it and reaps. Null when there is no child.</param>
    /// <returns>Null, or why no child was created.</returns>
    public LaunchError? Start(LaunchPlan plan, Fd socket, Fd? stderr, Fd? cgroup, out Fd? pidfd)
    {
        LaunchSlots slots = _slots ?? throw new InvalidOperationException("the launch was started before, or given back");
        pidfd = null;
        SysResult placed = slots.Place(socket, stderr, plan.Ruleset?.Handle, plan.Namespaces);
        if (placed.IsError)
        {
            return new LaunchError("dup3", placed.Errno);
        }

        Fill(plan, slots);
        *_record = new LaunchRecord { Shares = 1 };
        nint pid = _launcher.Clone(Steps, _record, cgroup, plan.HasOwnMemory, plan.CloneFlags, out int fd);
        if (pid < 0)
        {
            *_record = default;
            return new LaunchError("clone", (int)-pid);
        }

        Pid = (int)pid;
        pidfd = new Fd(fd);
        return null;
    }

    /// <summary>Frees the slots before execve, so that a slow disk delays no other launch; false while the child needs them.</summary>
    public bool TryFreeSlots()
    {
        if (_slots is not null && Volatile.Read(ref _record->Step) > (nint)Steps)
        {
            FreeSlots();
        }

        return _slots is null;
    }

    /// <summary>Returns the launch for reuse. Not while it is under way: the child would read the next launch's data.</summary>
    public void Release()
    {
        if (State == LaunchState.UnderWay)
        {
            throw new InvalidOperationException("a launch was given back that its child still reads");
        }

        FreeSlots();
        _plan = null;
        Environment.Clear();
        _arguments?.Clear();
        _launcher.Return(this);
    }

    /// <summary>Assigns the slots for the child's descriptors, until <see cref="TryFreeSlots"/> or <see cref="Release"/>.</summary>
    internal void Take(LaunchSlots slots) => _slots = slots;

    private void FreeSlots()
    {
        if (_slots is { } slots)
        {
            _slots = null;
            _launcher.Return(slots);
        }
    }

    /// <summary>Caps the limit at superd's current one: without a capability the child could not raise it.</summary>
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

    /// <summary>Copies the plan's steps and fills in the values known only at launch.</summary>
    private void Fill(LaunchPlan plan, LaunchSlots slots)
    {
        _plan = plan; // keeps the plan's memory alive while the child reads it
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
                LaunchValue.RulesetSlot => slots.Ruleset,
                LaunchValue.AboveSlots => slots.Above,
                LaunchValue.Environment => environment,
                LaunchValue.Arguments => Arguments.Complete(plan.Arguments),
                LaunchValue.ExecuteTime => (nint)_executeTime,
                LaunchValue.DynamicUser => (nint)DynamicUser,
                LaunchValue.OpenFiles => FillOpenFiles(plan.OpenFiles),
                LaunchValue.OwnPid => Environment.AddressOf(ownPid),
                _ => slots.Namespaces[value - LaunchValue.FirstNamespaceSlot],
            };
        }
    }
}
