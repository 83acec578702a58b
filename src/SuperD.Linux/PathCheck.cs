namespace SuperD.Linux;

/// <summary>The problem with a path.</summary>
public enum PathProblem
{
    /// <summary>No problem.</summary>
    None,

    /// <summary><see cref="PathCheck.Component"/> does not exist.</summary>
    Missing,

    /// <summary>A component that should be a directory is not.</summary>
    NotADirectory,

    /// <summary>The path leads to a file of the wrong type, see <see cref="PathCheck.Status"/>.</summary>
    WrongKind,

    /// <summary>The mode of <see cref="PathCheck.Component"/> denies the user access.</summary>
    Denied,

    /// <summary>The file is in a file system mounted noexec.</summary>
    DeniedByMount,

    /// <summary>The modes allow access but the kernel denies it: a security module.</summary>
    DeniedByKernel,

    /// <summary>More symbolic links than the kernel follows (40), usually a loop.</summary>
    TooManyLinks,

    /// <summary>The lookup failed with <see cref="PathCheck.Errno"/>.</summary>
    Unreadable,
}

/// <summary>One step of a path: a directory, a symbolic link, or the file itself.</summary>
/// <param name="Path">The full path from the machine's own root; only its last component may be a symbolic link.</param>
/// <param name="Status">The status; of a symbolic link, the link's own.</param>
public readonly record struct PathStep(string Path, FileStatus Status);

/// <summary>The result of <see cref="PathChecker"/>.</summary>
/// <param name="Component">The path, from the root asked about, of the component at fault; without a fault the resolved path.</param>
/// <param name="Status">Its type, mode and owner; meaningless when it is missing.</param>
public readonly record struct PathCheck(PathProblem Problem, string Component, FileStatus Status, int Errno = 0)
{
    /// <summary>Whether <see cref="Component"/> has a POSIX ACL, which counts beside its mode; set only with a denial.</summary>
    public bool HasAcl { get; init; }
}
