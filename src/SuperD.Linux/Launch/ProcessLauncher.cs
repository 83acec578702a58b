using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Launches children by a <see cref="LaunchPlan"/>: clone, the plan's system calls, execve; and waits for none of them. One thread.</summary>
/// <remarks>
/// What must hold. The child shares this process's memory (no copy of the address space) until it executes, and this process goes on
/// meanwhile: so the child runs no managed code, touches no stack, and what it reads belongs to its <see cref="Launch"/> alone until the
/// kernel says that it does not share memory any more. It starts with superd's descriptor table shared, and its first step unshares
/// it, keeping only low numbers: so the cost does not grow with the number of open descriptors. Therefore what the child needs by number
/// must stand low, in one of a few pairs of slots (<see cref="LaunchSlots"/>), which are reserved at start and bound the children that
/// have not executed yet: more at a time only make the slowest ones slower. No signal handler of this process may run in the child: all
/// signals are blocked around the call, and the child starts with their default actions (CLONE_CLEAR_SIGHAND, or by steps of its plan).
/// </remarks>
public sealed unsafe class ProcessLauncher
{
    internal const ulong Flags =
        0x00000100 // CLONE_VM: the parent's memory, nothing copied
        | 0x00000400 // CLONE_FILES: the parent's descriptor table, until the first step
        | 0x00001000 // CLONE_PIDFD: a pidfd from birth, so that the pid can never be mistaken
        | 0x00200000; // CLONE_CHILD_CLEARTID: tells when the child does not share the memory any more

    /// <summary>What a child does not have that gets a copy of this process's memory, as of fork(2): CLONE_VM and CLONE_CHILD_CLEARTID.</summary>
    internal const ulong SharesMemory = 0x00000100 | 0x00200000;

    /// <summary>CLONE_CLEAR_SIGHAND, clone3 only: default actions in place of this process's handlers. What is ignored stays so.</summary>
    internal const ulong ClearHandlers = 0x100000000;

    /// <summary>CLONE_INTO_CGROUP, clone3 only: born in another control group, which costs next to nothing; to be moved there costs milliseconds.</summary>
    internal const ulong IntoCgroup = 0x200000000;

    /// <summary>The kernel asks for a stack; nothing is ever written to it, so all children have the same.</summary>
    private const nuint StackSize = 4096;

    private const int FewestSlots = 4;
    private const int MostSlots = 8;

    /// <summary>How long the child of <see cref="TryCgroup"/> may take to end, which is one system call.</summary>
    private static readonly TimeSpan s_longestTry = TimeSpan.FromSeconds(2);

    private readonly delegate* unmanaged<nuint, byte*, int*, LaunchStep*, LaunchRecord*, nint, nint> _launch;
    private readonly byte* _stack = (byte*)NativeMemory.AlignedAlloc(StackSize, 16);
    private readonly Stack<LaunchSlots> _slots = new();
    private readonly Stack<Launch> _free = new();

    private ProcessLauncher(int slots)
    {
        int devNull = LibC.open("/dev/null", LibC.O_RDWR | LibC.O_CLOEXEC, 0);
        if (devNull < 0)
        {
            throw new IOException($"open /dev/null: {Errno.Describe(Marshal.GetLastPInvokeError())}");
        }

        // Reserved from below, and the lowest pair is used first: a child's table is copied up to its own pair.
        var source = new Fd(devNull);
        LaunchSlots[] reserved = [.. Enumerable.Range(0, slots).Select(_ => new LaunchSlots(source, Reserve(source), Reserve(source)))];
        Array.Reverse(reserved);
        Array.ForEach(reserved, _slots.Push);

        _launch = LaunchCode.Map();

        // With no arguments it only tells whether it is there: EINVAL. A container's seccomp profile may answer for it.
        _ = LibC.syscall((nint)SystemCallNumber.Clone3, 0, 0, 0, 0, 0);
        ClearsHandlers = Marshal.GetLastPInvokeError() == Errno.EINVAL;
    }

    /// <summary>How many children may be launched at once here: they only compete for the processors until they execute.</summary>
    public static int DefaultSlots => Math.Clamp(2 * System.Environment.ProcessorCount, FewestSlots, MostSlots);

    /// <summary>Whether children start without this process's signal handlers; otherwise their plan must put every signal to its default action.</summary>
    public bool ClearsHandlers { get; }

    /// <summary>Null when superd can launch on this machine, else why it cannot and what would.</summary>
    /// <remarks>Opens nothing and changes nothing: a command asks before it does anything that another processor or kernel might do differently.</remarks>
    public static string? FindObstacle() => LaunchCode.FindObstacle(RuntimeInformation.ProcessArchitecture) ?? FindObstacleOfKernel();

    /// <summary>Reserves the slots. Called once, early, while low descriptors are free.</summary>
    public static ProcessLauncher Create(int slots) => new(slots);

    /// <summary>A launch to be started; false when as many are under way as there are slots.</summary>
    public bool TryTake([NotNullWhen(true)] out Launch? launch)
    {
        launch = null;
        if (!_slots.TryPop(out LaunchSlots? slots))
        {
            return false;
        }

        launch = _free.Count > 0 ? _free.Pop() : new Launch(this);
        launch.Take(slots);
        return true;
    }

    /// <summary>Whether children can be born in a cgroup, shown by one that ends at once. Before the loop runs: it waits for that end.</summary>
    /// <returns>
    /// 0; ENOSYS where clone3(2) is not to be had (a container's seccomp profile), EACCES, EOPNOTSUPP ... for this cgroup; EAGAIN where the child
    /// does not end in it (somebody has frozen it), or cannot be reaped.
    /// </returns>
    public SysResult TryCgroup(Fd cgroup)
    {
        if (!ClearsHandlers)
        {
            return SysResult.Error(Errno.ENOSYS);
        }

        LaunchStep end = new() { Number = SystemCallNumber.ExitGroup };
        LaunchRecord record = default;
        nint pid = Clone(&end, &record, cgroup, hasOwnMemory: false, out int pidfd);
        if (pid < 0)
        {
            return SysResult.Error((int)-pid);
        }

        using var child = new Fd(pidfd);
        if (!ChildProcess.WaitForEnd(child, s_longestTry))
        {
            _ = ChildProcess.Signal(child, Signal.SIGKILL);
            _ = ChildProcess.WaitForEnd(child, s_longestTry);
            _ = ChildProcess.Reap(child, out _, out _);
            return SysResult.Error(Errno.EAGAIN);
        }

        return ChildProcess.Reap(child, out _, out _);
    }

    internal void Return(Launch launch) => _free.Push(launch);

    internal void Return(LaunchSlots slots)
    {
        slots.Clear();
        _slots.Push(slots);
    }

    /// <summary>clone3(2), or clone(2) where a container's seccomp profile does not let it through.</summary>
    /// <param name="hasOwnMemory">See <see cref="SharesMemory"/>.</param>
    /// <returns>The child's pid, or a negative errno.</returns>
    internal nint Clone(LaunchStep* steps, LaunchRecord* record, Fd? cgroup, bool hasOwnMemory, out int pidfd)
    {
        int newPidfd = -1;
        ulong flags = hasOwnMemory ? Flags & ~SharesMemory : Flags;
        var arguments = new CloneArguments
        {
            Flags = flags | ClearHandlers | (cgroup is null ? 0 : IntoCgroup),
            Pidfd = (ulong)&newPidfd,
            ChildTid = (ulong)&record->Shares,
            ExitSignal = Signal.SIGCHLD,
            Stack = (ulong)_stack,
            StackSize = StackSize,
            Cgroup = (ulong)(cgroup?.Value ?? 0),
        };
        ulong mask = SignalMask.Exchange(ulong.MaxValue);
        nint pid = ClearsHandlers
            ? _launch((nuint)(&arguments), (byte*)sizeof(CloneArguments), null, steps, record, (nint)SystemCallNumber.Clone3)
            : _launch((nuint)(flags | Signal.SIGCHLD), _stack + StackSize, &newPidfd, steps, record, (nint)SystemCallNumber.Clone);
        _ = SignalMask.Exchange(mask);
        pidfd = newPidfd;
        return pid;
    }

    private static string? FindObstacleOfKernel()
    {
        // An empty range closes nothing and only tells whether the call is there.
        nint result = LibC.syscall((nint)SystemCallNumber.CloseRange, unchecked((nint)uint.MaxValue), unchecked((nint)uint.MaxValue), 0, 0, 0);
        return result == 0
            ? null
            : $"close_range(2) is not available: {Errno.Describe(Marshal.GetLastPInvokeError())}; superd needs Linux 5.9 or later, "
            + "and a container's seccomp profile that allows the call";
    }

    /// <summary>Never 0 to 3: the child overwrites those.</summary>
    private static int Reserve(Fd source)
    {
        int slot = LibC.fcntl(source.Value, LibC.F_DUPFD_CLOEXEC, 4);
        return slot >= 0 ? slot : throw new IOException($"reserve a descriptor: {Errno.Describe(Marshal.GetLastPInvokeError())}");
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
