using System.Globalization;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>How a process ended: with an exit code or by a signal.</summary>
/// <param name="Code">Exit code 0 to 255; meaningless when <paramref name="Signal"/> is not 0.</param>
/// <param name="Signal">The signal that killed it; 0 when it exited.</param>
public readonly record struct ExitStatus(int Code, int Signal)
{
    /// <summary>Whether the process exited with code 0.</summary>
    public bool IsSuccess => this is { Code: 0, Signal: 0 };
}

/// <summary>The resources used by a process and the children it waited for; see getrusage(2).</summary>
/// <param name="CpuTime">User plus system time.</param>
/// <param name="PeakMemoryKiB">The largest resident set of any one of these processes.</param>
public readonly record struct ResourceUsage(TimeSpan CpuTime, long PeakMemoryKiB);

/// <summary>Reaps and signals child processes.</summary>
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

    /// <summary>The kernel keeps memory counters per processor and sums them only approximately.</summary>
    private const long PeakSlackKiB = 1024;

    private static long s_ownPeakKiB;

    /// <summary>Makes this class the only code in the process that reaps children. Call before the first launch.</summary>
    /// <remarks>
    /// .NET installs a SIGCHLD handler as soon as the console is used. As PID 1 that handler reaps every child, so exit statuses are
    /// lost (pal_signal.c, reapAll). .NET installs it only once, so we trigger the installation here and then remove the handler.
    /// This also spares each child's end a detour through .NET's signal thread.
    /// </remarks>
    public static void TakeReapingFromRuntime()
    {
        _ = Console.Error;
        SignalMask.SetDefaultAction(Linux.Signal.SIGCHLD);
    }

    /// <summary>Reaps the child behind a pidfd. Never blocks, even when the pidfd is readable.</summary>
    /// <remarks>
    /// A readable pidfd means that the child has exited, not that we can reap it: while another process traces the child (ptrace(2)),
    /// only the tracer can. The parent can reap it once the tracer detaches or exits.
    /// </remarks>
    /// <returns>0 with status and usage; EAGAIN when the child cannot be reaped yet; ECHILD when other code reaped it.</returns>
    public static SysResult Reap(Fd pidfd, out ExitStatus status, out ResourceUsage usage)
    {
        SysResult result = Wait(P_PIDFD, pidfd.Value, WEXITED | WNOHANG, out int pid, out status, out usage);
        return result.IsError || pid != 0 ? result : SysResult.Error(Errno.EAGAIN);
    }

    /// <summary>Blocks until a child exits, so it must not be called on the loop; false on timeout.</summary>
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

    /// <summary>Reaps a child by pid without blocking.</summary>
    public static SysResult ReapNow(int pid, out ExitStatus status) => Wait(P_PID, pid, WEXITED | WNOHANG, out _, out status, out _);

    /// <summary>Whether a child has exited; does not reap it. Also true when the pid is not a child of this process.</summary>
    public static bool HasEnded(int pid)
    {
        SysResult result = Wait(P_PID, pid, WEXITED | WNOHANG | WNOWAIT, out int ended, out _, out _);
        return result.IsError || ended == pid;
    }

    /// <summary>The pid of any child that has exited and is not yet reaped; does not reap it. 0 when there is none.</summary>
    public static int PeekEnded()
    {
        SysResult result = Wait(P_ALL, 0, WEXITED | WNOHANG | WNOWAIT, out int pid, out _, out _);
        return result.IsError ? 0 : pid;
    }

    /// <summary>The pid of the process that traces a child; 0 when there is none or /proc hides it.</summary>
    public static int TracerOf(int pid)
    {
        try
        {
            string? thread = StatusOf($"{pid}", "TracerPid:"); // a thread traces, not a process
            return thread is not (null or "0") && int.TryParse(StatusOf(thread, "Tgid:"), CultureInfo.InvariantCulture, out int tracer)
                ? tracer
                : 0;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Whether a child is still between fork and execve: PF_FORKNOEXEC is set (proc_pid_stat(5)) and it is not exiting.</summary>
    /// <returns>Also true when no descriptor is free to find out.</returns>
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
        int name = fields.LastIndexOf(") "u8); // the name may contain anything; field 3 follows it
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
        return end > 0
            && int.TryParse(fields[..end], CultureInfo.InvariantCulture, out int flags)
            && (flags & (PF_FORKNOEXEC | PF_EXITING)) == PF_FORKNOEXEC;
    }

    /// <summary>Whether a child's peak memory is its own; false when the child used less than the reported figure.</summary>
    /// <remarks>
    /// A child shares this process's memory until execve, and the kernel counts that memory towards the child's peak
    /// (setmax_mm_hiwater_rss in exec_mmap). A peak at or below this process's own is only an upper bound. Loop only.
    /// </remarks>
    public static bool IsOwnPeak(ResourceUsage usage)
    {
        if (usage.PeakMemoryKiB > s_ownPeakKiB)
        {
            // This process may have grown since the last check. Do not use getrusage here: its figure for this process still
            // includes the memory of the process that started it.
            s_ownPeakKiB = ReadOwnPeak() + PeakSlackKiB;
        }

        return usage.PeakMemoryKiB > s_ownPeakKiB;
    }

    /// <summary>Signals the process behind a pidfd, never another one that reused its pid. ESRCH when it has exited.</summary>
    public static SysResult Signal(Fd pidfd, int signal) =>
        Result(LibC.syscall((nint)SystemCallNumber.PidfdSendSignal, pidfd.Value, signal, 0, 0, 0));

    /// <summary>Makes this process the parent of every orphaned descendant; see PR_SET_CHILD_SUBREAPER in prctl(2).</summary>
    public static SysResult BecomeSubreaper() => Result(LibC.syscall((nint)SystemCallNumber.Prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));

    /// <summary>Signals a process by pid. The caller must know that the pid has not been reused.</summary>
    public static SysResult Signal(int pid, int signal) => Result(LibC.kill(pid, signal));

    /// <summary>Signals a process group. ESRCH when it has no members left.</summary>
    public static SysResult SignalGroup(int processGroup, int signal) => Result(LibC.kill(-processGroup, signal));

    private static SysResult Wait(int idType, int id, int options, out int pid, out ExitStatus status, out ResourceUsage usage)
    {
        // The raw system call: unlike glibc's waitid it also returns the rusage of this one child.
        byte* info = stackalloc byte[128];
        long* rusage = stackalloc long[18];
        nint result;
        do
        {
            new Span<byte>(info, 128).Clear();
            result = LibC.syscall((nint)SystemCallNumber.Waitid, idType, id, (nint)info, options, (nint)rusage);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);

        // siginfo_t: si_code at 8, si_pid at 16, si_status at 24; pid 0 means that no child had exited.
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

    /// <summary>The value of a field in /proc/PID/status, see proc_pid_status(5); null when it is missing.</summary>
    private static string? StatusOf(string process, string name)
    {
        string[] lines = KernelFile.ReadLines($"/proc/{process}/status");
        return lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim();
    }

    private static SysResult Result(nint result) =>
        result >= 0 ? SysResult.Ok((int)result) : SysResult.Error(Marshal.GetLastPInvokeError());
}
