using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>The files of a jail: what is never shown in one, and what jail.bind must not hide.</summary>
internal static class JailPathRules
{
    private const string Proc = "/proc", Devices = "/dev", System = "/sys";

    /// <summary>The pair of jail.bind, absolute; null, and reported, when it cannot be.</summary>
    public static JailBind? BindOf(Written<string> target, Written<string> source, MergedConfig config, LoadContext context)
    {
        string inside = TargetOf(target);
        string subject = SubjectOf(target, config);
        if (target.Value.Split('/').Contains(".."))
        {
            context.Problems.Error(config.Blame(target), $"{subject} has a \"..\"; write the path that it means");
            return null;
        }

        if (inside == "/" || PathChecker.IsIn(inside, Proc) || PathChecker.IsIn(inside, Devices))
        {
            string own = inside == "/" ? "root" : PathChecker.IsIn(inside, Proc) ? Proc : Devices;
            context.Problems.Error(config.Blame(target), $"{subject}: a jail has its own {own}; choose another path in the jail");
            return null;
        }

        string outside = Trimmed(ExecRules.Absolute(source));
        PathCheck check = context.Paths.Find("", outside);
        string whole = $"{subject} = {Wording.Quote(source.Value)}";
        if (check.Problem == PathProblem.None)
        {
            if (WhyNever(check, isBind: true) is { } why)
            {
                context.Problems.Error(config.Blame(source), $"{whole}: {why}");
                return null;
            }

            return new JailBind(inside, outside);
        }

        string problem = PathWords.Why(check, "a directory", "superd", "");
        string remedy = source.Value.StartsWith('-')
            ? "a \"-\" for what need not exist is not possible here: remove it, and name a path that exists"
            : context.Files.Find("", outside, other => context.Paths.Find("", other).Problem == PathProblem.None) is { } near
            ? $"did you mean {Wording.QuoteWhole(near)}?"
            : PathWords.Remedy(check, "a path", "");
        context.Problems.Error(config.Blame(source), $"{whole} cannot be used: {problem}; {remedy}");
        return null;
    }

    /// <summary>Refuses paths that no jail shows: /, what each has of its own, and what is below a /tmp of its own.</summary>
    /// <param name="exec">The program and its arguments, as written.</param>
    /// <param name="started">Every program that the command line starts.</param>
    public static void Check(
        SandboxDefinition sandbox,
        MergedConfig config,
        Written<ImmutableArray<string>> exec,
        IReadOnlyList<string> started,
        ProcessDefinition process,
        LoadContext context)
    {
        if (sandbox.Jail is not { } jail)
        {
            return;
        }

        bool isGood = true;
        foreach ((string subject, string path, Place place) in PathsOf(sandbox, config, exec, process))
        {
            PathCheck check = context.Paths.Find("", path);
            string real = check.Problem == PathProblem.None ? check.Component : path;
            if (WhyNever(check with { Component = real }, isBind: false) is { } why)
            {
                isGood = false;
                context.Problems.Error(place, $"{subject}: {why}");
            }
            else if (jail.Tmp > 0 && JailSpec.TmpPlaces.FirstOrDefault(hidden => PathChecker.IsIn(real, hidden)) is { } hidden)
            {
                isGood = false;
                string remedy = subject.StartsWith("directory", StringComparison.Ordinal)
                    ? "delete the line and let the program change there itself (cd), or write"
                    : "move it, or write";
                context.Problems.Error(
                    place,
                    $"{subject} is hidden in a jail, where {hidden} is the connection's own; {remedy} jail.tmp = 0 for a jail without a "
                    + "/tmp of its own");
            }
        }

        if (isGood)
        {
            CheckBinds(sandbox, jail, config, started, context);
        }
    }

    /// <summary>Refuses a bind with which the jail could not be made, or would lack its program.</summary>
    /// <remarks>One after the other is added to the layout, so that the one at fault is known.</remarks>
    private static void CheckBinds(
        SandboxDefinition sandbox, JailDefinition jail, MergedConfig config, IReadOnlyList<string> started, LoadContext context)
    {
        ImmutableArray<JailBind> good = [];
        foreach (JailBind bind in jail.Binds)
        {
            ImmutableArray<JailBind> tried = good.Add(bind);
            JailSpec spec = SandboxFiles.JailOf(sandbox, jail with { Binds = tried });
            if (JailLayout.Find(spec, out JailLayout? layout) is not null)
            {
                return; // a path has gone just now
            }

            // A layout was found.
            if (WhyImpossible(layout!) is { } why || (why = WhyHiding(layout!, sandbox, started, context)) is not null)
            {
                Written<string> target = config.Pick(keys => keys.Jail)!.Value.Bind // the binds are from there
                    .First(pair => TargetOf(pair.Target) == bind.Target).Target;
                context.Problems.Error(config.Blame(target), $"{SubjectOf(target, config)}: {why}; choose another path in the jail");
            }
            else
            {
                good = tried;
            }
        }
    }

    private static string? WhyImpossible(JailLayout layout)
    {
        if (layout.FindConflict() is not { } conflict)
        {
            return null;
        }

        string found = conflict.Found is { } kind ? $"is {FileWords.Of(kind)}, and does not fit" : "does not exist";
        return $"{Wording.QuoteWhole(conflict.Target)} in the jail takes the place of {Wording.QuoteWhole(conflict.Below)}, which {found}";
    }

    /// <summary>Why the program would not start, or lack what was given to it.</summary>
    private static string? WhyHiding(JailLayout layout, SandboxDefinition sandbox, IReadOnlyList<string> started, LoadContext context)
    {
        IEnumerable<string> written = sandbox.Readable.Concat(sandbox.Writable).Select(path => path.Path);
        foreach (string path in started.Where(program => program.StartsWith('/')).Concat(sandbox.Own).Concat(written))
        {
            foreach (string step in context.Paths.Steps("", path).Select(step => step.Path))
            {
                if (layout.ShownAt(step) is { } shown && shown != step && !Path.Exists(shown))
                {
                    return $"it hides {Wording.QuoteWhole(step)}, which the program needs, by {Wording.QuoteWhole(shown)}, which does not "
                        + "exist";
                }
            }
        }

        return null;
    }

    /// <summary>Why what a path leads to is shown in no jail; null if it may be.</summary>
    private static string? WhyNever(PathCheck found, bool isBind) => found.Component switch
    {
        "/" => "a jail cannot have all files; name the directories that it needs",
        var path when PathChecker.IsIn(path, Proc) =>
            "a jail has its own /proc, and the machine's would show other processes; see jail.proc",
        var path when path == Devices || (PathChecker.IsIn(path, Devices) && (isBind || found.Status.Kind == FileKind.Device)) =>
            "a jail has its own /dev; name devices in jail.devices",
        var path when isBind && PathChecker.IsIn(path, System) =>
            "/sys is the machine's, and cannot stand elsewhere; name what the program needs of it in readable",
        _ => null,
    };

    /// <summary>The paths of a jail as they are called in messages, each with the place of its line.</summary>
    private static IEnumerable<(string Subject, string Path, Place Place)> PathsOf(
        SandboxDefinition sandbox, MergedConfig config, Written<ImmutableArray<string>> exec, ProcessDefinition process)
    {
        foreach ((string key, Written<ImmutableArray<Written<string>>>? list) in new[]
        {
            ("readable", config.Pick(keys => keys.Readable)), ("writable", config.Pick(keys => keys.Writable)),
        })
        {
            foreach (Written<string> one in list?.Value ?? [])
            {
                yield return (
                    $"{key} {Wording.QuoteWhole(one.Value)}{config.Origin(one)}", SandboxPathRules.PathOf(one), config.Blame(one));
            }
        }

        foreach (Written<string> target in (config.Pick(keys => keys.Jail)?.Value.Bind ?? []).Select(pair => pair.Target)
            .Where(target => sandbox.Jail!.Binds.Any(bind => bind.Target == TargetOf(target)))) // of a jail; others have their message
        {
            yield return (SubjectOf(target, config), TargetOf(target), config.Blame(target));
        }

        foreach (string path in sandbox.Own)
        {
            yield return config.Pick(keys => keys.Directory) is { } directory && path == process.Directory
                ? ($"directory {Wording.QuoteWhole(directory.Value)}{config.Origin(directory)}", path, config.Blame(directory))
                : ($"{Wording.QuoteWhole(path)}, which exec needs,", path, exec.Place);
        }
    }

    private static string SubjectOf(Written<string> target, MergedConfig config) =>
        $"jail.bind {Wording.Quote(target.Value)}{config.Origin(target)}";

    private static string TargetOf(Written<string> target) => Trimmed(Path.GetFullPath(target.Value));

    private static string Trimmed(string path) => path.Length > 1 ? path.TrimEnd('/') : path;
}
