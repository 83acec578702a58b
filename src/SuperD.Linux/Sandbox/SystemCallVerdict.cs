namespace SuperD.Linux;

/// <summary>What a filter does with a system call.</summary>
public enum SystemCallAction
{
    /// <summary>The kernel carries the call out.</summary>
    Allow,

    /// <summary>The call fails with an errno, and the program goes on.</summary>
    Refuse,

    /// <summary>The process is killed by SIGSYS. Only for calls of foreign interfaces: int 0x80 and x32.</summary>
    Kill,
}

/// <summary>The verdict on one call.</summary>
/// <param name="Errno">What a refused call fails with; 0 for the others.</param>
public readonly record struct SystemCallVerdict(SystemCallAction Action, int Errno)
{
    /// <summary>The kernel carries the call out.</summary>
    public static SystemCallVerdict Allow => default;

    /// <summary>The process is killed.</summary>
    public static SystemCallVerdict Kill => new(SystemCallAction.Kill, 0);

    /// <summary>The call fails.</summary>
    public static SystemCallVerdict Refuse(int errno) => new(SystemCallAction.Refuse, errno);
}
