using System.Collections.Immutable;

namespace SuperD.Linux;

/// <summary>What a call that names files does with them.</summary>
internal enum FileCallKind
{
    /// <summary>Opens one, as its flags say.</summary>
    Open,

    /// <summary>The same; the flags are in memory (openat2).</summary>
    OpenHow,

    /// <summary>Opens one for writing, and creates or truncates it (creat).</summary>
    Create,

    /// <summary>Executes it.</summary>
    Execute,

    /// <summary>Only looks whether it is there and what it is, which takes no right; in a jail it may be missing.</summary>
    Look,

    /// <summary>Cuts it.</summary>
    Truncate,

    /// <summary>Makes, moves or removes an entry of a directory.</summary>
    ChangeEntry,
}

/// <summary>A system call that names files and needs a right of Landlock to them.</summary>
/// <param name="Files">Which arguments: the directory that a relative path starts at (null = the working directory), and the path.</param>
/// <param name="Flags">The argument with the flags of open(2), or their address.</param>
internal sealed record FileCall(string Name, FileCallKind Kind, ImmutableArray<(int? Directory, int Path)> Files, int Flags = 0)
{
    internal const int AccessMode = 3; // O_ACCMODE
    internal const int Truncate = 0x200; // O_TRUNC

    /// <summary>All that this processor has, by their numbers.</summary>
    internal static readonly IReadOnlyDictionary<int, FileCall> All = new FileCall[]
    {
        new("open", FileCallKind.Open, [(null, 0)], Flags: 1),
        new("openat", FileCallKind.Open, [(0, 1)], Flags: 2),
        new("openat2", FileCallKind.OpenHow, [(0, 1)], Flags: 2),
        new("creat", FileCallKind.Create, [(null, 0)]),
        new("execve", FileCallKind.Execute, [(null, 0)]),
        new("execveat", FileCallKind.Execute, [(0, 1)]),
        new("stat", FileCallKind.Look, [(null, 0)]),
        new("lstat", FileCallKind.Look, [(null, 0)]),
        new("newfstatat", FileCallKind.Look, [(0, 1)]),
        new("statx", FileCallKind.Look, [(0, 1)]),
        new("access", FileCallKind.Look, [(null, 0)]),
        new("faccessat", FileCallKind.Look, [(0, 1)]),
        new("faccessat2", FileCallKind.Look, [(0, 1)]),
        new("truncate", FileCallKind.Truncate, [(null, 0)]),
        new("mkdir", FileCallKind.ChangeEntry, [(null, 0)]),
        new("mkdirat", FileCallKind.ChangeEntry, [(0, 1)]),
        new("mknod", FileCallKind.ChangeEntry, [(null, 0)]),
        new("mknodat", FileCallKind.ChangeEntry, [(0, 1)]),
        new("symlink", FileCallKind.ChangeEntry, [(null, 1)]),
        new("symlinkat", FileCallKind.ChangeEntry, [(1, 2)]),
        new("link", FileCallKind.ChangeEntry, [(null, 0), (null, 1)]),
        new("linkat", FileCallKind.ChangeEntry, [(0, 1), (2, 3)]),
        new("rename", FileCallKind.ChangeEntry, [(null, 0), (null, 1)]),
        new("renameat", FileCallKind.ChangeEntry, [(0, 1), (2, 3)]),
        new("renameat2", FileCallKind.ChangeEntry, [(0, 1), (2, 3)]),
        new("unlink", FileCallKind.ChangeEntry, [(null, 0)]),
        new("unlinkat", FileCallKind.ChangeEntry, [(0, 1)]),
        new("rmdir", FileCallKind.ChangeEntry, [(null, 0)]),
    }.SelectMany(call => SystemCallTable.NumbersOf(call.Name).Select(number => (number, call)))
        .ToDictionary(row => row.number, row => row.call);

    /// <summary>The flags of open(2) with which a call opens its file; null if it opens none, or they cannot be read.</summary>
    internal int? FlagsOf(SystemCallNotification call) => Kind switch
    {
        FileCallKind.Open => (int)call.Arguments[Flags],
        FileCallKind.OpenHow => (int?)CallerView.ReadNumber(call.Thread, call.Arguments[Flags]),
        FileCallKind.Create => LibC.O_CREAT | LibC.O_WRONLY | Truncate,
        _ => null,
    };
}
