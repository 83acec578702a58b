namespace SuperD.Linux;

/// <summary>Promises of a sandbox that its filter must keep, beside those of its profile. Corrections cannot lift them.</summary>
[Flags]
public enum SystemCallOptions
{
    None = 0,

    /// <summary>
    /// No new sockets but those of AF_UNIX; no listen, accept, bind; no MSG_FASTOPEN, which connects without asking Landlock. Landlock
    /// refuses connect(2).
    /// </summary>
    NetworkOff = 1,

    /// <summary>No connect(2) at all, not to a Unix socket either: Landlock before ABI 4 cannot refuse it.</summary>
    ConnectOff = 2,

    /// <summary>
    /// A file that may only be read cannot be truncated: Landlock before ABI 3 does not ask. Refuses truncate(2) for all files, and O_TRUNC
    /// without the right to write; openat2(2), whose flags a filter cannot read, does not exist.
    /// </summary>
    ProtectsTruncation = 4,
}
