using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>exec, directory and chroot: makes the paths absolute and checks them before the first client connects.</summary>
internal static class ExecRules
{
    private static readonly string[] s_usualPath = DefaultPath.Split(':');

    /// <summary>The PATH of a handler unless its service sets another.</summary>
    public const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>The absolute new root directory; null without one, or when it is bad (reported).</summary>
    public static string? ResolveChroot(Written<string>? chroot, LoadContext context)
    {
        if (chroot is null)
        {
            return null;
        }

        string path = Absolute(chroot);
        string root = path.Length > 1 ? path.TrimEnd('/') : path;
        PathCheck check = context.Paths.CheckDirectory("", root);
        if (check.Problem != PathProblem.None)
        {
            context.Problems.Error(
                chroot.Place,
                $"chroot {Wording.Quote(chroot.Value)} cannot be used: {Why(check, "a directory", "superd", "")}; "
                + Remedy(check, "a directory"));
            return null;
        }

        if (!context.Host.Has(Capability.SysChroot))
        {
            context.Problems.Error(
                chroot.Place,
                $"chroot needs root or CAP_SYS_CHROOT: superd runs as {context.OwnUser()}; {context.HowToBeAllowed}, or delete the line");
        }

        return root;
    }

    /// <summary>The absolute working directory, inside the chroot if there is one.</summary>
    public static string ResolveDirectory(MergedConfig config, string? chroot, LoadContext context)
    {
        if (config.Pick(keys => keys.Directory) is not { } directory)
        {
            return "/";
        }

        Place place = config.Blame(directory);
        string subject = $"directory {Wording.Quote(directory.Value)}{config.Origin(directory)}";
        bool inside = config.Pick(keys => keys.Chroot) is not null;
        if (inside && !directory.Value.StartsWith('/'))
        {
            context.Problems.Error(
                place,
                $"{subject} must be absolute, because it is a path inside the chroot; begin it with '/'");
            return "/";
        }

        string path = Absolute(directory);
        if (!inside || chroot is not null)
        {
            string root = chroot is null or "/" ? "" : chroot;
            PathCheck check = context.Paths.CheckDirectory(root, path);
            if (check.Problem != PathProblem.None)
            {
                context.Problems.Error(
                    place,
                    $"{subject} cannot be used: {Why(check, "a directory", "superd", root)}; {Remedy(check, "a directory")}");
            }
        }

        return path;
    }

    /// <summary>The program's absolute path, inside the chroot if there is one.</summary>
    /// <param name="config">The service.</param>
    /// <param name="exec">Key <c>exec</c>.</param>
    /// <param name="chroot">The result of <see cref="ResolveChroot"/>.</param>
    /// <param name="user">The handler's identity; null for superd's own.</param>
    /// <param name="context">The load.</param>
    public static string ResolveExecutable(
        MergedConfig config,
        Written<ImmutableArray<string>> exec,
        string? chroot,
        Credentials? user,
        LoadContext context)
    {
        string program = exec.Value[0];
        Written<string>? writtenRoot = config.Pick(keys => keys.Chroot);
        if (writtenRoot is not null && !program.StartsWith('/'))
        {
            context.Problems.Error(
                exec.Place,
                $"exec {Wording.Quote(program)} must be absolute, because it is a path inside the chroot{config.Origin(writtenRoot)}; "
                + "begin it with '/'");
            return program;
        }

        string path = Absolute(new Written<string>(program, exec.Place));
        if (writtenRoot is not null && chroot is null)
        {
            return path;
        }

        string root = chroot is null or "/" ? "" : chroot;
        PathCheck check = context.Paths.CheckExecutable(root, path, user);
        if (check.Problem != PathProblem.None)
        {
            string who = user is null ? "superd" : $"user {UserName(user, context)}";
            string? missing = check.Problem == PathProblem.Missing ? MissingHint(exec.Value, program, root.Length > 0, context) : null;
            string why = Why(check, "a regular file", who, root);
            string hint = missing ?? Remedy(check, "a file");
            context.Problems.Error(exec.Place, $"exec {Wording.Quote(program)} cannot be run: {why}; {hint}");
        }
        else if ((user?.UserId ?? context.Host.UserId) == 0 && StrictWords.WhatIsWrong(context.Strict, path, root: root) is { } fault)
        {
            context.Problems.Error(exec.Place, $"exec {Wording.Quote(program)} would run as root, and {fault}");
        }

        return path;
    }

    /// <summary>The absolute path; a relative one starts at the directory of the file it is written in.</summary>
    internal static string Absolute(Written<string> path) =>
        path.Value.StartsWith('/')
            ? path.Value
            : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path.Place.File) ?? "", path.Value));

    private static string Why(PathCheck check, string wanted, string who, string root)
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
                + $"owner {check.Status.UserId}:{check.Status.GroupId}, "
                + $"which does not let {who} {(check.Status.Kind == FileKind.Directory ? "pass" : "execute it")}",
            PathProblem.DeniedByMount => $"the kernel does not allow {part}{inside} to be executed, though its mode does (noexec mount?)",
            PathProblem.TooManyLinks => $"{part}{inside} leads through too many symbolic links",
            _ => $"{part}{inside}: {Errno.Describe(check.Errno)}",
        };
    }

    private static string Remedy(PathCheck check, string noun) => check.Problem switch
    {
        PathProblem.Denied when check.Status.Kind == FileKind.Directory =>
            "open it to that user with chmod, or use a path that it may enter",
        PathProblem.Denied => "make it executable for that user with chmod, or choose another user",
        PathProblem.DeniedByMount => "put it on another file system",
        _ => $"name {noun} that exists",
    };

    /// <summary>What the user probably meant by a program that does not exist; null without a guess.</summary>
    private static string? MissingHint(ImmutableArray<string> exec, string program, bool chroot, LoadContext context)
    {
        if (exec.Length == 1 && program.Contains(' '))
        {
            string words = string.Join(", ", program.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Wording.Quote));
            return $"there is no shell that would split it at spaces; write exec = [{words}]";
        }

        if (program.Contains('/') || chroot)
        {
            return null;
        }

        string[] directories = [.. (context.Host.Variable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries), .. s_usualPath];
        foreach (string directory in directories)
        {
            string candidate = $"{directory.TrimEnd('/')}/{program}";
            if (candidate.StartsWith('/') && context.Paths.CheckExecutable("", candidate, user: null).Problem == PathProblem.None)
            {
                return $"PATH is not searched; write exec = {Wording.Quote(candidate)}";
            }
        }

        return null;
    }

    private static string UserName(Credentials user, LoadContext context) =>
        context.FindUser(new Principal(null, user.UserId), out _) is { } account ? $"'{account.Name}'" : $"{user.UserId}";
}
