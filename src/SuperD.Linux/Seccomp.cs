namespace SuperD.Linux;

/// <summary>The kernel's seccomp(2).</summary>
public static unsafe class Seccomp
{
    private const int SECCOMP_GET_ACTION_AVAIL = 2;
    private const uint SECCOMP_RET_ERRNO = 0x00050000;

    /// <summary>Whether a process may filter its system calls: not without CONFIG_SECCOMP_FILTER, and not in some containers.</summary>
    public static bool CanFilter { get; } = Probe();

    /// <summary>Asks whether a filter may answer with an errno, and changes nothing.</summary>
    private static bool Probe()
    {
        uint action = SECCOMP_RET_ERRNO;
        return LibC.syscall((nint)SystemCallNumber.Seccomp, SECCOMP_GET_ACTION_AVAIL, 0, (nint)(&action), 0, 0) == 0;
    }
}
