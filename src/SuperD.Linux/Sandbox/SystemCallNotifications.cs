namespace SuperD.Linux;

/// <summary>The calls of a process whose filter notifies: what it wants, and superd's answer.</summary>
public sealed class SystemCallNotifications
{
    /// <summary>The calls that name a file and ask for a right to it; Landlock judges them, and they are reported for that.</summary>
    internal static readonly string[] FileCalls =
    [
        "open", "openat", "openat2", "creat", "execve", "execveat", "truncate", "unlink", "unlinkat", "rmdir", "rename", "renameat",
        "renameat2", "mkdir", "mkdirat", "mknod", "mknodat", "link", "linkat", "symlink", "symlinkat",
    ];
}

