using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>The kernel's Landlock, see landlock(7).</summary>
public static class Landlock
{
    /// <summary>A probe: asks for the version of the interface, and makes nothing.</summary>
    private const int CreateRulesetVersion = 1;

    private static readonly SysResult s_abi = FindAbi();

    /// <summary>The version of its interface: 1 of Linux 5.13, 2 of 5.19, 3 of 6.2, 4 of 6.7, 5 of 6.10, 6 of 6.12; 0 = unusable.</summary>
    public static int Abi => s_abi.IsError ? 0 : s_abi.Value;

    /// <summary>Why <see cref="Abi"/> is 0; otherwise 0.</summary>
    /// <remarks>
    /// ENOSYS: a kernel without it, or a container's seccomp profile. EOPNOTSUPP: it is not among the lsm= of this boot. EPERM: a
    /// container's seccomp profile.
    /// </remarks>
    public static int Errno => s_abi.Errno;

    /// <summary>All rights to files that an interface knows. Those that it restricts, a process has only by a rule.</summary>
    internal static LandlockRights RightsOf(int abi) => abi switch
    {
        0 => LandlockRights.None,
        1 => LandlockRights.Refer - 1,
        2 => LandlockRights.Truncate - 1,
        3 or 4 => LandlockRights.ControlDevice - 1,
        _ => LandlockRights.All,
    };

    /// <summary>The rights that a rule gives.</summary>
    /// <param name="isDirectory">A rule for anything else may only have rights that a file has; the kernel refuses it otherwise.</param>
    internal static LandlockRights RightsOf(LandlockAccess access, bool isDirectory)
    {
        LandlockRights rights = access switch
        {
            LandlockAccess.Read => LandlockRights.Execute | LandlockRights.ReadFile | LandlockRights.ReadDirectory,
            LandlockAccess.Device => LandlockRights.ReadFile | LandlockRights.WriteFile | LandlockRights.ControlDevice,
            _ => LandlockRights.All & ~(LandlockRights.MakeCharacterDevice | LandlockRights.MakeBlockDevice),
        };
        return isDirectory ? rights : rights & LandlockRights.OfFiles;
    }

    private static SysResult FindAbi()
    {
        nint abi = LibC.syscall((nint)SystemCallNumber.LandlockCreateRuleset, 0, 0, CreateRulesetVersion, 0, 0);
        return abi > 0 ? SysResult.Ok((int)abi) : SysResult.Error(Marshal.GetLastPInvokeError());
    }
}

/// <summary>LANDLOCK_ACCESS_FS_*.</summary>
[Flags]
internal enum LandlockRights : ulong
{
    None = 0,
    Execute = 1 << 0,
    WriteFile = 1 << 1,
    ReadFile = 1 << 2,
    ReadDirectory = 1 << 3,
    RemoveDirectory = 1 << 4,
    RemoveFile = 1 << 5,
    MakeCharacterDevice = 1 << 6,
    MakeDirectory = 1 << 7,
    MakeFile = 1 << 8,
    MakeSocket = 1 << 9,
    MakeFifo = 1 << 10,
    MakeBlockDevice = 1 << 11,
    MakeSymbolicLink = 1 << 12,

    /// <summary>Link or rename between directories. From ABI 2 on; before, nobody has it.</summary>
    Refer = 1 << 13,

    /// <summary>From ABI 3 on.</summary>
    Truncate = 1 << 14,

    /// <summary>ioctl(2) on a device that the process itself opened. From ABI 5 on.</summary>
    ControlDevice = 1 << 15,

    All = (1 << 16) - 1,
    OfFiles = Execute | WriteFile | ReadFile | Truncate | ControlDevice,
}
