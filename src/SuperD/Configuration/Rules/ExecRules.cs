using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>exec, directory and chroot: makes the paths absolute and checks them before the first client connects.</summary>
internal static class ExecRules
{
    /// <summary>The PATH of a handler unless its service sets another.</summary>
    public const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>The absolute new root directory; null without one, or when it is bad (reported).</summary>
    /// <param name="chroot">Key <c>chroot</c>.</param>
    /// <param name="user">Key <c>user</c>, for what a <c>~</c> means.</param>
    /// <param name="context">The load.</param>
    public static string? ResolveChroot(Written<string>? chroot, Principal? user, LoadContext context)
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
                $"chroot {Wording.Quote(chroot.Value)} cannot be used: {PathWords.Why(check, "a directory", "superd", "")}; "
                + DirectoryRemedy("chroot", chroot.Value, check, "", user, context));
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
                    $"{subject} cannot be used: {PathWords.Why(check, "a directory", "superd", root)}; "
                    + DirectoryRemedy("directory", directory.Value, check, root, config.Pick(keys => keys.User)?.Value, context));
            }
        }

        return path;
    }

    /// <summary>The program's absolute path, inside the chroot if there is one.</summary>
    /// <param name="config">The service.</param>
    /// <param name="exec">Key <c>exec</c>.</param>
    /// <param name="process">The process that would execute it.</param>
    /// <param name="context">The load.</param>
    public static string ResolveExecutable(
        MergedConfig config,
        Written<ImmutableArray<string>> exec,
        ProcessDefinition process,
        LoadContext context)
    {
        string program = exec.Value[0];
        var suggestion = new ExecSuggestion(exec.Place.File, process, context);
        Written<string>? writtenRoot = config.Pick(keys => keys.Chroot);
        if (writtenRoot is not null && !program.StartsWith('/'))
        {
            string advice = process.Chroot is null ? "begin it with '/'" : suggestion.For(exec.Value) ?? "begin it with '/'";
            context.Problems.Error(
                exec.Place,
                $"exec {Wording.Quote(program)} must be absolute, because it is a path inside the chroot{config.Origin(writtenRoot)}; "
                + advice);
            return program;
        }

        string path = Absolute(new Written<string>(program, exec.Place));
        if (writtenRoot is not null && process.Chroot is null)
        {
            return path;
        }

        Credentials? user = process.Credentials;
        string root = process.Chroot is null or "/" ? "" : process.Chroot;
        if (context.Programs.FindFault(path, process, user is null ? "superd" : $"user {UserName(user, context)}") is { } fault)
        {
            PathProblem problem = context.Paths.CheckExecutable(root, path, user).Problem;
            string advice = (problem is PathProblem.Missing or PathProblem.NotADirectory ? suggestion.For(exec.Value) : null)
                ?? (LaunchText.IsPartial(program) ? "placeholders are replaced in its arguments and in env alone" : fault.Remedy);
            context.Problems.Error(exec.Place, $"exec {Wording.Quote(program)} cannot be run: {fault.Why}; {advice}");
        }
        else if ((user?.UserId ?? context.Host.UserId) == 0 && StrictWords.WhatIsWrong(context.Strict, path, root: root) is { } strict)
        {
            context.Problems.Error(exec.Place, $"exec {Wording.Quote(program)} would run as root, and {strict}");
        }
        else
        {
            new ExecArguments(exec, suggestion, process, context).Check();
        }

        return path;
    }

    private static string DirectoryRemedy(
        string key, string written, PathCheck check, string root, Principal? user, LoadContext context) =>
        check.Problem == PathProblem.Missing && Unexpanded.Of(written, context.HomeOf(user), context.Host) is { } unexpanded
            ? unexpanded.Advice(path => $"{key} = {Wording.QuoteWhole(path)}")
            : PathWords.Remedy(check, "a directory", root);

    /// <summary>The absolute path; a relative one starts at the directory of the file it is written in.</summary>
    internal static string Absolute(Written<string> path) =>
        path.Value.StartsWith('/')
            ? path.Value
            : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path.Place.File) ?? "", path.Value));

    private static string UserName(Credentials user, LoadContext context) =>
        context.FindUser(new Principal(null, user.UserId), out _) is { } account ? $"'{account.Name}'" : $"{user.UserId}";
}
