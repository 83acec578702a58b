namespace SuperD.Tests.Support;

/// <summary>A secret in superd's session keyring, as it has those of its user; see keyrings(7).</summary>
internal static class SessionKey
{
    public const string Name = "superd-of-superd";

    private const string Give = $"""
        import ctypes, os, sys
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.syscall(250, 1, None) < 0 or libc.syscall(248, b"user", b"{Name}", b"x", 1, -3) < 0:
            sys.exit("no keyring")
        os.execvp(sys.argv[1], sys.argv[1:])
        """;

    /// <summary>The command that gives it to the command that follows.</summary>
    public static string[] Wrapper { get; } = ["/usr/bin/python3", "-c", Give];

    /// <summary>Skips the test where there are no keyrings.</summary>
    public static void Need()
    {
        Needs.File(Wrapper[0]);
        Needs.Success(Wrapper[0], [.. Wrapper[1..], "true"]);
    }
}
