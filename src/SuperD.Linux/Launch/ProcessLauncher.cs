using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Launches children from a <see cref="LaunchPlan"/>: clone, the plan's system calls, execve. Never waits. One thread.</summary>
/// <remarks>
/// Constraints. The child shares this process's memory until execve, instead of copying the address space, while this process keeps
/// running. So the child runs no managed code and touches no stack, and it reads only memory of its <see cref="Launch"/>, which stays
/// reserved until the kernel reports that the sharing has ended.
/// The child starts with superd's descriptor table, and its first step unshares the table and keeps only low numbers, so the cost does
/// not grow with the number of open descriptors. Therefore the descriptors it needs must have low numbers: one of a few sets of slots
/// (<see cref="LaunchSlots"/>), reserved at start. The number of sets also bounds how many children run before execve at once; more of
/// them would only slow each other down.
/// No signal handler of this process may run in the child: all signals are blocked around clone, and the child starts with default
/// actions (CLONE_CLEAR_SIGHAND, or steps of its plan).
/// </remarks>
public sealed unsafe class ProcessLauncher
{
    /// <summary>The clone flags of a child that shares this process's memory.</summary>
    internal const ulong Flags =
        0x00000100 // CLONE_VM: the parent's memory, nothing copied
        | 0x00000400 // CLONE_FILES: the parent's descriptor table, until the first step
        | 0x00001000 // CLONE_PIDFD: a pidfd from birth, so that a reused pid cannot be mistaken for it
        | 0x00200000; // CLONE_CHILD_CLEARTID: reports when the child no longer shares the memory

    /// <summary>The flags left out for a child with a copy of this process's memory, as after fork(2).</summary>
    internal const ulong SharesMemory = 0x00000100 | 0x00200000; // CLONE_VM | CLONE_CHILD_CLEARTID

    /// <summary>CLONE_CLEAR_SIGHAND, clone3 only: default actions in place of handlers. Ignored signals stay ignored.</summary>
    internal const ulong ClearHandlers = 0x100000000;

    /// <summary>CLONE_INTO_CGROUP, clone3 only: creates the child in another cgroup at almost no cost; a later move takes ms.</summary>
    internal const ulong IntoCgroup = 0x200000000;

    /// <summary>The kernel requires a stack; no child writes to it, so all children share one.</summary>
    private const nuint StackSize = 4096;

    private const int FewestSlots = 4;
    private const int MostSlots = 8;

    /// <summary>The timeout for the child of <see cref="TryCgroup"/>, which makes a single system call.</summary>
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

        // The slots take the lowest free numbers, and the lowest are used first: a child copies the table up to its own ones. Those for
        // namespaces come after all others, since few launches use them.
        var source = new Fd(devNull);
        int[][] numbers = [.. Enumerable.Range(0, slots).Select(_ => ReserveSome(source, 3))];
        LaunchSlots[] reserved =
            [.. numbers.Select(of => new LaunchSlots(source, of[0], of[1], of[2], ReserveSome(source, NamespaceSet.Kinds.Length)))];
        Array.Reverse(reserved);
        Array.ForEach(reserved, _slots.Push);

        _launch = LaunchCode.Map();

        // A probe: without arguments clone3 fails with EINVAL if it exists. A container's seccomp profile may return another errno.
        _ = LibC.syscall((nint)SystemCallNumber.Clone3, 0, 0, 0, 0, 0);
        ClearsHandlers = Marshal.GetLastPInvokeError() == Errno.EINVAL;
    }

    /// <summary>How many children may be between clone and execve at once; more of them would only compete for the processors.</summary>
    public static int DefaultSlots => Math.Clamp(2 * System.Environment.ProcessorCount, FewestSlots, MostSlots);

    /// <summary>Whether clone clears this process's signal handlers; if not, the plan must reset every signal.</summary>
    public bool ClearsHandlers { get; }

    /// <summary>Null when superd can launch on this machine, otherwise why it cannot and what to do.</summary>
    /// <remarks>Opens nothing and changes nothing, so a command can check before it does anything else.</remarks>
    public static string? FindObstacle() => Processor.FindObstacle(RuntimeInformation.ProcessArchitecture) ?? FindObstacleOfKernel();

    /// <summary>Reserves the slots. Call once, early, while low descriptor numbers are free.</summary>
    public static ProcessLauncher Create(int slots) => new(slots);

    /// <summary>Takes a launch to start; false when all slots are in use.</summary>
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

    /// <summary>Checks that a child can be created in a cgroup, with one that exits at once. Blocks until then; not on the loop.</summary>
    /// <returns>
    /// 0; ENOSYS without clone3(2) (a container's seccomp profile); EACCES, EOPNOTSUPP ... for this cgroup; EAGAIN when the child does not
    /// exit (the cgroup is frozen) or cannot be reaped.
    /// </returns>
    public SysResult TryCgroup(Fd cgroup)
    {
        if (!ClearsHandlers)
        {
            return SysResult.Error(Errno.ENOSYS);
        }

        LaunchStep end = new() { Number = SystemCallNumber.ExitGroup };
        LaunchRecord record = default;
        nint pid = Clone(&end, &record, cgroup, hasOwnMemory: false, more: 0, out int pidfd);
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

    /// <summary>Takes a released launch back for reuse.</summary>
    internal void Return(Launch launch) => _free.Push(launch);

    /// <summary>Clears the slots and makes them available to the next launch.</summary>
    internal void Return(LaunchSlots slots)
    {
        slots.Clear();
        _slots.Push(slots);
    }

    /// <summary>clone3(2), or clone(2) where a container's seccomp profile blocks clone3.</summary>
    /// <param name="hasOwnMemory">See <see cref="SharesMemory"/>.</param>
    /// <param name="more">Further flags: CLONE_NEWPID.</param>
    /// <returns>The child's pid, or a negative errno.</returns>
    internal nint Clone(LaunchStep* steps, LaunchRecord* record, Fd? cgroup, bool hasOwnMemory, long more, out int pidfd)
    {
        int newPidfd = -1;
        ulong flags = (hasOwnMemory ? Flags & ~SharesMemory : Flags) | (ulong)more;
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
        // A probe: the range is empty, so it closes nothing.
        nint highest = unchecked((nint)uint.MaxValue);
        nint result = LibC.syscall((nint)SystemCallNumber.CloseRange, highest, highest, 0, 0, 0);
        return result == 0
            ? null
            : $"close_range(2) is not available: {Errno.Describe(Marshal.GetLastPInvokeError())}; superd needs Linux 5.9 or later, "
            + "and a container's seccomp profile that allows the call";
    }

    private static int[] ReserveSome(Fd source, int count) => [.. Enumerable.Range(0, count).Select(_ => Reserve(source))];

    /// <summary>Reserves the lowest free number from 4 on: the child overwrites 0 to 3.</summary>
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
