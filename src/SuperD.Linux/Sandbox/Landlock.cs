namespace SuperD.Linux;

/// <summary>The kernel's Landlock, see landlock(7).</summary>
public static class Landlock
{
    private static readonly SysResult s_abi = SysResult.Error(Linux.Errno.ENOSYS);

    /// <summary>The version of its interface: 1 of Linux 5.13, 3 of 6.2, 4 of 6.7 ...; 0 when it cannot be used.</summary>
    public static int Abi => s_abi.IsError ? 0 : s_abi.Value;

    /// <summary>
    /// Why <see cref="Abi"/> is 0: ENOSYS = a kernel without it, EOPNOTSUPP = not among the lsm= that were started, EPERM = a container's
    /// seccomp profile. Otherwise 0.
    /// </summary>
    public static int Errno => s_abi.Errno;
}
