namespace SuperD.Linux;

/// <summary>What is wrong with a path, if anything.</summary>
public enum PathProblem
{
    None,

    /// <summary><see cref="PathCheck.Component"/> does not exist.</summary>
    Missing,

    /// <summary>A part of the path that should be a directory is something else.</summary>
    NotADirectory,

    /// <summary>The path leads to something of the wrong kind: <see cref="PathCheck.Status"/> says what.</summary>
    WrongKind,

    /// <summary>The mode of <see cref="PathCheck.Component"/> keeps the user out.</summary>
    Denied,

    /// <summary>The modes allow it, but the kernel does not: a noexec mount, or a security module.</summary>
    DeniedByMount,

    /// <summary>More symbolic links than the kernel follows (40): most often a loop.</summary>
    TooManyLinks,

    /// <summary>The kernel could not look: <see cref="PathCheck.Errno"/>.</summary>
    Unreadable,
}

/// <summary>Something that a path leads through or to.</summary>
/// <param name="Path">The whole path to it, from the machine's own root, without a link but itself.</param>
/// <param name="Status">Of a symbolic link: its own.</param>
public readonly record struct PathStep(string Path, FileStatus Status);

/// <summary>The answer of <see cref="PathChecker"/>.</summary>
/// <param name="Component">The part of the path that stops it, as a whole path from the root asked about; the resolved path when nothing does.</param>
/// <param name="Status">Kind, mode and owner of that part; meaningless when it is missing.</param>
public readonly record struct PathCheck(PathProblem Problem, string Component, FileStatus Status, int Errno = 0);
