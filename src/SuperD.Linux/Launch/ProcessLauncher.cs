using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Launches children by a <see cref="LaunchPlan"/>: clone, the plan's system calls, execve. One per launcher thread.</summary>
/// <remarks>
/// What must hold. The child shares memory (no copy of the address space) and blocks this thread until it has executed or failed. It
/// starts with superd's descriptor table shared, and its first step unshares it, keeping only low numbers: so the cost does not grow
/// with the number of open descriptors. Therefore what the child needs by number must stand low: each launcher owns two slots,
/// descriptors reserved at start, that point at /dev/null between launches and at the socket and the stderr pipe during one. No signal
/// handler of this process may run in the child, so all signals are blocked around the call.
/// </remarks>
public sealed unsafe class ProcessLauncher
{
    internal const ulong Flags =
        0x00000100 // CLONE_VM: the parent's memory, nothing copied
        | 0x00000400 // CLONE_FILES: the parent's descriptor table, until the first step
        | 0x00001000 // CLONE_PIDFD: a pidfd from birth, so that the pid can never be mistaken
        | 0x00004000; // CLONE_VFORK: this thread waits until the child has executed or ended

    /// <summary>CLONE_INTO_CGROUP: born in another control group, which costs next to nothing; to be moved there costs milliseconds.</summary>
    private const ulong IntoCgroup = 0x200000000;

    private const nuint StackSize = 64 * 1024;

    private readonly delegate* unmanaged<nuint, byte*, int*, LaunchStep*, LaunchFailure*, nint, nint> _launch;
    private readonly byte* _stackTop;
    private readonly Fd _devNull;
    private readonly int _socketSlot;
    private readonly int _stderrSlot;
    private readonly int _aboveSlots;
    private LaunchStep[] _steps = GC.AllocateUninitializedArray<LaunchStep>(64, pinned: true);

    private ProcessLauncher(
        delegate* unmanaged<nuint, byte*, int*, LaunchStep*, LaunchFailure*, nint, nint> launch, Fd devNull, int socketSlot, int stderrSlot, int aboveSlots)
    {
        _launch = launch;
        _devNull = devNull;
        _socketSlot = socketSlot;
        _stderrSlot = stderrSlot;
        _aboveSlots = aboveSlots;
        _stackTop = (byte*)NativeMemory.AlignedAlloc(StackSize, 16) + StackSize;
    }

    /// <summary>The variables of the next launch; cleared by <see cref="Launch"/>.</summary>
    public EnvironmentBlock Environment { get; } = new();

    /// <summary>Null when this kernel can launch, else why it cannot and what would.</summary>
    public static string? FindObstacle()
    {
        // An empty range closes nothing and only tells whether the call is there.
        nint result = LibC.syscall((nint)SystemCallNumber.CloseRange, unchecked((nint)uint.MaxValue), unchecked((nint)uint.MaxValue), 0, 0, 0);
        return result == 0
            ? null
            : $"close_range(2) is not available: {Errno.Describe(Marshal.GetLastPInvokeError())}; superd needs Linux 5.9 or later, "
            + "and a container's seccomp profile that allows the call";
    }

    /// <summary>Makes one launcher per thread, reserving their slots. Called once, early, while low descriptors are free.</summary>
    public static ProcessLauncher[] Create(int count)
    {
        int devNull = LibC.open("/dev/null", LibC.O_RDWR | LibC.O_CLOEXEC, 0);
        if (devNull < 0)
        {
            throw new IOException($"open /dev/null: {Errno.Describe(Marshal.GetLastPInvokeError())}");
        }

        // Never 0, 1 or 2: the child overwrites those. Reserved one after the other, so the last is the highest.
        var source = new Fd(devNull);
        int[] slots = new int[count * 2];
        for (int i = 0; i < slots.Length; i++)
        {
            slots[i] = LibC.fcntl(devNull, LibC.F_DUPFD_CLOEXEC, 3);
            if (slots[i] < 0)
            {
                throw new IOException($"reserve a descriptor: {Errno.Describe(Marshal.GetLastPInvokeError())}");
            }
        }

        var code = LaunchCode.Map();
        var launchers = new ProcessLauncher[count];
        for (int i = 0; i < count; i++)
        {
            launchers[i] = new ProcessLauncher(code, source, slots[2 * i], slots[(2 * i) + 1], slots.Max() + 1);
        }

        return launchers;
    }

    /// <summary>Launches one child. Blocks until it has executed its program or failed; a failed child is reaped here.</summary>
    /// <param name="socket">What <see cref="LaunchPlan.PlaceSocket"/> places; the caller goes on owning it.</param>
    /// <param name="stderr">What <see cref="LaunchPlan.PlaceStderr"/> places; null = /dev/null.</param>
    /// <param name="cgroup">The directory of the cgroup v2 the child is born in; null = superd's own.</param>
    public LaunchResult Launch(LaunchPlan plan, Fd socket, Fd? stderr, Fd? cgroup)
    {
        if (LibC.dup3(socket.Value, _socketSlot, LibC.O_CLOEXEC) < 0
            || (stderr is not null && LibC.dup3(stderr.Value, _stderrSlot, LibC.O_CLOEXEC) < 0))
        {
            Environment.Clear();
            return LaunchResult.Failed("dup3", Marshal.GetLastPInvokeError());
        }

        LaunchStep* steps = Fill(plan);
        LaunchFailure failure = default;
        nint pid = Clone(steps, &failure, cgroup, out int pidfd);
        GC.KeepAlive(plan);
        Environment.Clear();

        // Left in its slot, the socket would stay open here: the client would not see its end when the handler is gone.
        _ = LibC.dup3(_devNull.Value, _socketSlot, LibC.O_CLOEXEC);
        if (stderr is not null)
        {
            _ = LibC.dup3(_devNull.Value, _stderrSlot, LibC.O_CLOEXEC);
        }

        if (pid < 0)
        {
            return LaunchResult.Failed(cgroup is null ? "clone" : "clone3", (int)-pid);
        }

        var owned = new Fd(pidfd);
        if (failure.Step == 0)
        {
            return new LaunchResult((int)pid, owned, null, 0);
        }

        _ = ChildProcess.Reap(owned, out _, out _);
        owned.Dispose();
        int step = (int)((failure.Step - (nint)steps) / sizeof(LaunchStep));
        return LaunchResult.Failed(plan.NameOf(step), (int)-failure.NegativeErrno);
    }

    /// <summary>Whether children can be born in a cgroup, shown by one that ends at once.</summary>
    /// <returns>0; ENOSYS where clone3(2) is not to be had (a container's seccomp profile), EACCES, EOPNOTSUPP ... for this cgroup.</returns>
    public SysResult TryCgroup(Fd cgroup)
    {
        LaunchStep end = new() { Number = SystemCallNumber.ExitGroup };
        LaunchFailure failure = default;
        nint pid = Clone(&end, &failure, cgroup, out int pidfd);
        if (pid < 0)
        {
            return SysResult.Error((int)-pid);
        }

        using var child = new Fd(pidfd);
        return ChildProcess.Reap(child, out _, out _);
    }

    /// <summary>clone(2), or clone3(2) where a cgroup is given: container seccomp profiles know clone3 less well.</summary>
    /// <returns>The child's pid, or a negative errno.</returns>
    private nint Clone(LaunchStep* steps, LaunchFailure* failure, Fd? cgroup, out int pidfd)
    {
        int newPidfd = -1;
        var arguments = new CloneArguments
        {
            Flags = Flags | IntoCgroup,
            Pidfd = (ulong)&newPidfd,
            ExitSignal = Signal.SIGCHLD,
            Stack = (ulong)(_stackTop - StackSize),
            StackSize = StackSize,
            Cgroup = (ulong)(cgroup?.Value ?? 0),
        };
        ulong mask = SignalMask.Exchange(ulong.MaxValue);
        nint pid = cgroup is null
            ? _launch((nuint)(Flags | Signal.SIGCHLD), _stackTop, &newPidfd, steps, failure, (nint)SystemCallNumber.Clone)
            : _launch((nuint)(&arguments), (byte*)sizeof(CloneArguments), null, steps, failure, (nint)SystemCallNumber.Clone3);
        _ = SignalMask.Exchange(mask);
        pidfd = newPidfd;
        return pid;
    }

    /// <summary>Copies the plan's steps and fills in what only this launch knows.</summary>
    private LaunchStep* Fill(LaunchPlan plan)
    {
        ReadOnlySpan<LaunchStep> planned = plan.Steps;
        if (_steps.Length < planned.Length)
        {
            _steps = GC.AllocateUninitializedArray<LaunchStep>(planned.Length, pinned: true);
        }

        planned.CopyTo(_steps);
        int ownPid = plan.HasOwnPid ? LaunchPlan.AddListenPid(Environment) : 0;
        nint environment = Environment.Complete(plan.Environment);
        var steps = (LaunchStep*)Unsafe.AsPointer(ref _steps[0]);
        foreach ((int step, int argument, LaunchValue value) in plan.Values)
        {
            (&steps[step].A0)[argument] = value switch
            {
                LaunchValue.SocketSlot => _socketSlot,
                LaunchValue.StderrSlot => _stderrSlot,
                LaunchValue.AboveSlots => _aboveSlots,
                LaunchValue.Environment => environment,
                _ => Environment.AddressOf(ownPid),
            };
        }

        return steps;
    }

    /// <summary>struct clone_args of clone3(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct CloneArguments
    {
        public ulong Flags;
        public ulong Pidfd;
        public ulong ChildTid;
        public ulong ParentTid;
        public ulong ExitSignal;
        public ulong Stack;
        public ulong StackSize;
        public ulong Tls;
        public ulong SetTid;
        public ulong SetTidSize;
        public ulong Cgroup;
    }
}
