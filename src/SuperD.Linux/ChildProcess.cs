using System.Globalization;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>How a process ended: by itself with a code, or by a signal.</summary>
/// <param name="Code">Exit code 0 to 255; meaningless when <paramref name="Signal"/> is not 0.</param>
/// <param name="Signal">The signal that ended it; 0 when it exited by itself.</param>
public readonly record struct ExitStatus(int Code, int Signal)
{
    public bool IsSuccess => this is { Code: 0, Signal: 0 };
}

/// <summary>What a process and its waited-for children used: from rusage, see getrusage(2).</summary>
/// <param name="CpuTime">User and system time together.</param>
/// <param name="PeakMemoryKiB">Largest resident set of any one of them.</param>
public readonly record struct ResourceUsage(TimeSpan CpuTime, long PeakMemoryKiB);

/// <summary>Waiting for and signalling child processes.</summary>
public static unsafe class ChildProcess
{
    private const int P_ALL = 0;
    private const int P_PID = 1;
    private const int P_PIDFD = 3;
    private const int WNOHANG = 1;
    private const int WEXITED = 4;
    private const int WNOWAIT = 0x01000000;
    private const int CLD_EXITED = 1;
    private const int PR_SET_CHILD_SUBREAPER = 36;

    /// <summary>The kernel keeps its memory counts per processor and adds them up loosely.</summary>
    private const long PeakSlackKiB = 1024;

    private static long s_ownPeakKiB;

    /// <summary>Makes this class the only one in the process that reaps children. Call before the first launch.</summary>
    /// <remarks>
    /// .NET installs a handler for SIGCHLD as soon as the console is used, and as PID 1 that handler reaps every child, so that exit
    /// statuses are lost (pal_signal.c, reapAll). It is installed once only: so it is provoked here, and then taken away. Without it
    /// the end of a child also costs no detour over .NET's signal thread.
    /// </remarks>
    public static void TakeReapingFromRuntime()
    {
        _ = Console.Error;
        SignalMask.SetDefaultAction(Linux.Signal.SIGCHLD);
    }

    /// <summary>Reaps the child behind a pidfd. Never waits, not even where the pidfd is readable.</summary>
    /// <remarks>
    /// A readable pidfd says that the child has ended, not that it can be reaped: while another process traces it (ptrace(2)), only that
    /// one can, and its parent gets it when the tracer has let go or has ended.
    /// </remarks>
    /// <returns>0 with status and usage; EAGAIN when it cannot be reaped now; ECHILD when it was reaped by somebody else.</returns>
    public static SysResult Reap(Fd pidfd, out ExitStatus status, out ResourceUsage usage)
    {
        SysResult result = Wait(P_PIDFD, pidfd.Value, WEXITED | WNOHANG, out int pid, out status, out usage);
        return result.IsError || pid != 0 ? result : SysResult.Error(Errno.EAGAIN);
    }

    /// <summary>Waits for a child's end, so not for the loop; false when it has not come in time.</summary>
    public static bool WaitForEnd(Fd pidfd, TimeSpan longest)
    {
        long end = Environment.TickCount64 + (long)longest.TotalMilliseconds;
        while (true)
        {
            LibC.pollfd child = new() { fd = pidfd.Value, events = LibC.POLLIN };
            int count = LibC.poll(&child, 1, (int)Math.Max(0, end - Environment.TickCount64));
            if (count >= 0 || Marshal.GetLastPInvokeError() != Errno.EINTR)
            {
                return count > 0;
            }
        }
    }

    /// <summary>Reaps a child by pid, without waiting.</summary>
    public static SysResult ReapNow(int pid, out ExitStatus status) => Wait(P_PID, pid, WEXITED | WNOHANG, out _, out status, out _);

    /// <summary>Whether a child has ended, leaving it to be reaped. True as well when it is no child of this process.</summary>
    public static bool HasEnded(int pid)
    {
        SysResult result = Wait(P_PID, pid, WEXITED | WNOHANG | WNOWAIT, out int ended, out _, out _);
        return result.IsError || ended == pid;
    }

    /// <summary>The pid of some child that has ended and is not reaped yet, leaving it so; 0 when there is none.</summary>
    public static int PeekEnded()
    {
        SysResult result = Wait(P_ALL, 0, WEXITED | WNOHANG | WNOWAIT, out int pid, out _, out _);
        return result.IsError ? 0 : pid;
    }

    /// <summary>The pid of the process that traces a child; 0 when nobody does, or that is hidden.</summary>
    public static int TracerOf(int pid)
    {
        try
        {
            return int.TryParse(StatusOf($"{pid}", "TracerPid:"), CultureInfo.InvariantCulture, out int tracer) ? tracer : 0;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Whether a child is still between fork and execve: it has not executed (PF_FORKNOEXEC in proc_pid_stat(5)) and does not end.</summary>
    /// <returns>True as well where that cannot be found out now, for want of a descriptor.</returns>
    public static bool IsToExecute(int pid)
    {
        const int FlagsField = 9, PF_EXITING = 0x4, PF_FORKNOEXEC = 0x40;
        int fd = LibC.open($"/proc/{pid}/stat", LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        if (fd < 0)
        {
            return Marshal.GetLastPInvokeError() != Errno.ENOENT;
        }

        using var file = new Fd(fd);
        Span<byte> text = stackalloc byte[512];
        ReadOnlySpan<byte> fields = text[..Math.Max(0, file.ReadAt(0, text).Value)];
        int name = fields.LastIndexOf(") "u8); // it may hold anything; behind it comes field 3
        if (name < 0)
        {
            return false;
        }

        fields = fields[(name + 2)..];
        for (int field = 3; field < FlagsField; field++)
        {
            fields = fields[(fields.IndexOf((byte)' ') + 1)..];
        }

        int end = fields.IndexOf((byte)' ');
        return end > 0 && int.TryParse(fields[..end], CultureInfo.InvariantCulture, out int flags) && (flags & (PF_FORKNOEXEC | PF_EXITING)) == PF_FORKNOEXEC;
    }

    /// <summary>Whether a child's peak memory is what it used itself; false when it used less than is told.</summary>
    /// <remarks>
    /// A child shares this process's memory until it executes, and the kernel counts that towards the child's peak (setmax_mm_hiwater_rss
    /// in exec_mmap): a peak that is not above this process's own says no more than that the child stayed below it. Loop only.
    /// </remarks>
    public static bool IsOwnPeak(ResourceUsage usage)
    {
        if (usage.PeakMemoryKiB > s_ownPeakKiB)
        {
            // This process may have grown since it was last looked at. Not from getrusage: its figure for this process itself still
            // contains what the process that started it had in use.
            s_ownPeakKiB = ReadOwnPeak() + PeakSlackKiB;
        }

        return usage.PeakMemoryKiB > s_ownPeakKiB;
    }

    /// <summary>Signals one process through its pidfd: never another one that got the same pid. ESRCH when it has ended.</summary>
    public static SysResult Signal(Fd pidfd, int signal) =>
        Result(LibC.syscall((nint)SystemCallNumber.PidfdSendSignal, pidfd.Value, signal, 0, 0, 0));

    /// <summary>Makes this process the parent of every descendant whose own parent ends; see PR_SET_CHILD_SUBREAPER of prctl(2).</summary>
    public static SysResult BecomeSubreaper() => Result(LibC.syscall((nint)SystemCallNumber.Prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));

    /// <summary>Signals one process by its number, which must be known to be still its own.</summary>
    public static SysResult Signal(int pid, int signal) => Result(LibC.kill(pid, signal));

    /// <summary>Signals a whole process group. ESRCH when none of it is left.</summary>
    public static SysResult SignalGroup(int processGroup, int signal) => Result(LibC.kill(-processGroup, signal));

    private static SysResult Wait(int idType, int id, int options, out int pid, out ExitStatus status, out ResourceUsage usage)
    {
        // The raw call: unlike glibc's waitid it also gives the rusage of the one child.
        byte* info = stackalloc byte[128];
        long* rusage = stackalloc long[18];
        nint result;
        do
        {
            new Span<byte>(info, 128).Clear();
            result = LibC.syscall((nint)SystemCallNumber.Waitid, idType, id, (nint)info, options, (nint)rusage);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);

        // siginfo_t: si_code at 8, si_pid at 16, si_status at 24; pid 0 = nobody had ended.
        pid = *(int*)(info + 16);
        int code = *(int*)(info + 8);
        int value = *(int*)(info + 24);
        status = code == CLD_EXITED ? new ExitStatus(value, 0) : new ExitStatus(0, value);
        bool isReaped = result == 0 && pid != 0;

        // struct rusage: ru_utime and ru_stime as seconds and microseconds, then ru_maxrss in KiB.
        usage = isReaped
            ? new ResourceUsage(TimeSpan.FromMicroseconds(((rusage[0] + rusage[2]) * 1_000_000) + rusage[1] + rusage[3]), rusage[4])
            : default;
        return Result(result);
    }

    private static long ReadOwnPeak() =>
        StatusOf("self", "VmHWM:") is { } value ? long.Parse(value.Split(' ')[0], CultureInfo.InvariantCulture) : 0;

    /// <summary>What stands behind a name in /proc/PID/status, see proc_pid_status(5); null when it is not there.</summary>
    private static string? StatusOf(string process, string name) =>
        KernelFile.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim();

    private static SysResult Result(nint result) =>
        result >= 0 ? SysResult.Ok((int)result) : SysResult.Error(Marshal.GetLastPInvokeError());
}
