using System.Collections.Immutable;
using SuperD.Configuration.Values;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>The files of a sandbox: readable and writable, what the program itself needs, and a home that it cannot read.</summary>
internal static class SandboxPathRules
{
    /// <summary>Whoever may change all that is there, changes the machine.</summary>
    private static readonly string[] s_everything = ["/", "/dev", "/proc", "/sys"];

    /// <summary>The paths of a key, absolute; one that does not exist is an error unless it is marked as optional.</summary>
    /// <param name="key"><c>readable</c> or <c>writable</c>.</param>
    public static ValueArray<SandboxPath> Resolve(
        string key,
        Written<ImmutableArray<Written<string>>>? list,
        MergedConfig config,
        ProcessDefinition process,
        LoadContext context)
    {
        var paths = ImmutableArray.CreateBuilder<SandboxPath>();
        foreach (Written<string> written in list?.Value ?? [])
        {
            bool isOptional = written.Value.StartsWith(SandboxPathForm.OptionalMark);
            Written<string> plain = isOptional ? written with { Value = written.Value[1..] } : written;
            if (Absolute(key, plain, isOptional, config, process, context) is { } path)
            {
                paths.Add(new SandboxPath(path, isOptional));
            }
        }

        return paths.ToImmutable();
    }

    /// <summary>What the program needs beside the profile's files, so that nobody has to write it.</summary>
    /// <remarks>
    /// The directory of the program and of a script among its arguments, since their parts are there; an interpreter; the working
    /// directory. Of a program in a home, or in /, only the file: the rest is not a part of it. A link and its target are both taken.
    /// </remarks>
    /// <param name="profile">Its paths are left out.</param>
    /// <param name="executable">The program's absolute path.</param>
    /// <param name="exec">The program and its arguments, as written.</param>
    /// <param name="started">Every program that the command line starts.</param>
    public static ValueArray<string> OwnOf(
        SandboxProfile profile,
        string executable,
        ImmutableArray<string> exec,
        IReadOnlyList<string> started,
        ProcessDefinition process,
        LoadContext context)
    {
        string root = RootOf(process);
        List<string> files = [executable];
        if (InterpreterLine.ScriptIn(exec) is { } script)
        {
            files.Add(Path.GetFullPath(Path.Combine(process.Directory, exec[script])));
        }

        IEnumerable<string> directories = files
            .Select(file => (File: file, Target: context.Paths.Find(root, file)))
            .SelectMany(one => one.Target.Problem == PathProblem.None ? [one.File, one.Target.Component] : new[] { one.File })
            .Select(file => PlaceOf(file, process, context));
        IEnumerable<string> own = directories.Concat(started.Skip(1).Where(program => program.StartsWith('/')));
        return
        [
            .. own.Append(process.Directory)
                .Where(path => path != "/" && !SandboxFiles.Of(profile).Any(file => PathChecker.IsIn(path, file.Path)))
                .Distinct(),
        ];
    }

    /// <summary>Settings in a home with which git fails if it may not read them: EACCES, unlike ENOENT, ends it.</summary>
    private static readonly string[] s_settings = [".gitconfig", ".config/git/config"];

    /// <summary>Warns of a home with git's settings that the handler is told of and cannot read.</summary>
    public static void WarnOfHome(
        SandboxDefinition sandbox,
        MergedConfig config,
        Written<SandboxProfile> written,
        ProcessDefinition process,
        LoadContext context)
    {
        string home = process.Environment.LastOrDefault(variable => variable.Name == "HOME").Value ?? "";
        if (sandbox.Jail is not null // where it does not exist, which programs take well
            || !home.StartsWith('/')
            || s_settings.FirstOrDefault(name => Exists(Path.Combine(home, name))) is not { } settings
            || SandboxFiles.Allow(sandbox, home, context.Paths))
        {
            return;
        }

        Written<KeyValuePair<string, string>>? variable = config.Environment().LastOrDefault(one => one.Value.Key == "HOME");
        string quoted = Wording.QuoteWhole(home);
        context.Problems.Warning(
            variable is null ? config.Blame(written) : config.Blame(variable),
            $"{SandboxRules.Shown(config, written)} does not let the program read {settings} in its HOME, {quoted}, with which git fails; "
            + $"add {quoted} to readable, or "
            + (variable is null && config.Value(keys => keys.LoginEnvironment, true) ? "write login_env = false" : "leave HOME out"));

        bool Exists(string path) => context.Paths.Find(sandbox.Root, path).Problem == PathProblem.None;
    }

    /// <summary>Warns of a path that the modes of files keep from the handler's user, whatever the sandbox allows.</summary>
    private static void WarnOfModes(
        string subject, string key, string path, Place place, PathCheck found, ProcessDefinition process, LoadContext context)
    {
        const int MostEntries = 100;
        if (process.Credentials is not { UserId: not 0 } user || process.Capabilities is { IsEmpty: false })
        {
            return;
        }

        string root = RootOf(process);
        bool isDirectory = found.Status.Kind == FileKind.Directory;
        FileUse use = key == "writable" ? FileUse.Write : isDirectory ? FileUse.Execute : FileUse.Read;
        if (context.Paths.CheckUse(root, path, user, use) is not { Problem: PathProblem.Denied } denial
            || (use == FileUse.Write && isDirectory && denial.Component == found.Component && MayChangeAny()))
        {
            return;
        }

        string who = process.DynamicUser is not null ? "a dynamic user"
            : process.UserName is { } name ? $"user '{name}'"
            : $"user {user.UserId}";
        context.Problems.Warning(
            place,
            $"{subject}: {who} may not {(key == "writable" ? "change" : "read")} it, since the permissions of files apply too: "
            + $"{Wording.Quote(root + denial.Component)} has mode {Wording.Mode(denial.Status.Permissions)}, owner "
            + $"{denial.Status.UserId}:{denial.Status.GroupId}; give that user or one of its groups the right");

        bool MayChangeAny()
        {
            string[] entries = [.. Directory.EnumerateFileSystemEntries(root + found.Component).Take(MostEntries)];
            return entries.Length == MostEntries
                || Array.Exists(entries, entry => context.Paths.MayUse(root, entry[root.Length..], user, writes: true));
        }
    }

    private static string? Absolute(
        string key, Written<string> written, bool isOptional, MergedConfig config, ProcessDefinition process, LoadContext context)
    {
        string subject = $"{key} {Wording.Quote(written.Value)}{config.Origin(written)}";
        Written<string>? chroot = config.Pick(keys => keys.Chroot);
        if (chroot is not null && !written.Value.StartsWith('/'))
        {
            context.Problems.Error(
                config.Blame(written), $"{subject} must be absolute, because it is a path inside the chroot; begin it with '/'");
            return null;
        }

        string path = PathOf(written);
        if (chroot is not null && process.Chroot is null)
        {
            return null; // the chroot has its own message
        }

        if (key == "writable" && s_everything.Contains(path))
        {
            context.Problems.Warning(
                config.Blame(written),
                $"{subject} lets the program change whatever its user may change there, so that the sandbox holds "
                + $"{(path == "/" ? "no file" : "nothing of it")}; name the files and directories that it needs");
        }

        string root = RootOf(process);
        PathCheck check = context.Paths.Find(root, path);
        if (isOptional || check.Problem is PathProblem.None)
        {
            if (check.Problem == PathProblem.None)
            {
                WarnOfModes(subject, key, path, config.Blame(written), check, process, context);
            }

            return path;
        }

        string remedy = Unexpanded.Of(written.Value, context.HomeOf(config.Pick(keys => keys.User)?.Value), context.Host) is { } unexpanded
            ? unexpanded.Advice(Wording.QuoteWhole)
            : context.Files.Find(root, path, other => context.Paths.Find(root, other).Problem == PathProblem.None) is { } near
                ? $"did you mean {Wording.QuoteWhole(near)}?"
            : check.Problem == PathProblem.Missing
                ? $"name a path that exists, or write {Wording.QuoteWhole(SandboxPathForm.OptionalMark + written.Value)} if it need not"
                    + (key == "writable" ? ", or name its directory if the program creates it" : "")
            : PathWords.Remedy(check, "a path", root);
        context.Problems.Error(
            config.Blame(written), $"{subject} cannot be used: {PathWords.Why(check, "a directory", "superd", root)}; {remedy}");
        return null;
    }

    /// <summary>The absolute path of an element of readable or writable.</summary>
    public static string PathOf(Written<string> written)
    {
        string path = ExecRules.Absolute(written with { Value = written.Value.TrimStart(SandboxPathForm.OptionalMark) });
        return path.Length > 1 ? path.TrimEnd('/') : path;
    }

    private static string PlaceOf(string file, ProcessDefinition process, LoadContext context)
    {
        string directory = Path.GetDirectoryName(file) ?? "/";
        return directory == "/" || IsHome(directory, process, context) ? file : directory;
    }

    private static bool IsHome(string directory, ProcessDefinition process, LoadContext context) =>
        directory is "/root" or "/home"
        || Path.GetDirectoryName(directory) == "/home"
        || directory == context.HomeOf(process);

    private static string RootOf(ProcessDefinition process) => process.Chroot is null or "/" ? "" : process.Chroot;
}
