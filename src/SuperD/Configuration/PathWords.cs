using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>The messages about a path that does not lead where it should.</summary>
internal static class PathWords
{
    /// <summary>What is wrong with the path.</summary>
    /// <param name="check">The result of the check; not good.</param>
    /// <param name="wanted">What should be there: <c>a directory</c>.</param>
    /// <param name="who">The user who needs it: <c>superd</c>, <c>user 'nobody'</c>.</param>
    /// <param name="root">The directory that is <c>/</c> for the path; empty for the machine's own.</param>
    public static string Why(PathCheck check, string wanted, string who, string root)
    {
        string part = Wording.Quote(check.Component);
        string inside = root.Length > 0 ? $" inside {Wording.Quote(root)}" : "";
        return check.Problem switch
        {
            PathProblem.Missing => $"{part} does not exist{inside}",
            PathProblem.NotADirectory => $"{part}{inside} is {FileWords.Of(check.Status.Kind)}, not a directory",
            PathProblem.WrongKind => $"{part}{inside} is {FileWords.Of(check.Status.Kind)}, not {wanted}",
            PathProblem.Denied =>
                $"{part}{inside} has mode {Wording.Mode(check.Status.Permissions)}, "
                + $"owner {check.Status.UserId}:{check.Status.GroupId}{(check.HasAcl ? " and an ACL" : "")}, "
                + $"which does not let {who} {(check.Status.Kind == FileKind.Directory ? "pass" : "execute it")}",
            PathProblem.DeniedByMount => $"{part}{inside} is in a file system mounted noexec",
            PathProblem.DeniedByKernel => $"the kernel does not allow {part}{inside} to be executed, though its mode does",
            PathProblem.TooManyLinks => $"{part}{inside} leads through too many symbolic links",
            _ => $"{part}{inside}: {Errno.Describe(check.Errno)}",
        };
    }

    /// <summary>What to do about it.</summary>
    /// <param name="check">The result of the check; not good.</param>
    /// <param name="noun">What should be named instead: <c>a file</c>.</param>
    /// <param name="root">The directory that is <c>/</c> for the path; empty for the machine's own.</param>
    public static string Remedy(PathCheck check, string noun, string root) => check.Problem switch
    {
        PathProblem.Denied when check.HasAcl =>
            $"let that user in (getfacl {StrictWords.ShellWord(root + check.Component)} shows who is), or choose another user",
        PathProblem.Denied when root + check.Component == "/root" => "use a path that it may enter", // nobody opens that
        PathProblem.Denied when check.Status.Kind == FileKind.Directory =>
            $"use a path that it may enter, or open it with: chmod a+x {StrictWords.ShellWord(root + check.Component)}",
        PathProblem.Denied => $"choose another user, or make it executable with: chmod {RightsToRun(check.Status)} "
            + StrictWords.ShellWord(root + check.Component),
        PathProblem.DeniedByMount => "put it on another file system, or mount that one with exec",
        PathProblem.DeniedByKernel => "see what the security module logs (SELinux, AppArmor)",
        _ => $"name {noun} that exists",
    };

    /// <summary>What chmod adds: the interpreter of a script must also read it.</summary>
    private static string RightsToRun(FileStatus status)
    {
        const int Readable = 0b100_100_100;
        return (status.Permissions & Readable) == Readable ? "a+x" : "a+rx";
    }
}
