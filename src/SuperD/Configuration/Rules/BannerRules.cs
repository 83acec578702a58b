using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>banner, banner_success, banner_fail: resolves and checks their files before the first client connects.</summary>
internal static class BannerRules
{
    /// <summary>The banner with an absolute file; null when there is none, no client could get it, or its file is bad (reported).</summary>
    public static BannerDefinition? Resolve(
        MergedConfig config,
        string name,
        Func<DefaultsConfig, Written<BannerDefinition>?> key,
        LoadContext context)
    {
        if (config.Pick(key) is not { } written)
        {
            return null;
        }

        if (config.Service.Sensor is not null || DatagramRules.IsDatagrams(config))
        {
            // A trap sends nothing, and UDP has no connections. A value in [defaults] is for the other services.
            return null;
        }

        if (config.Service.Wait is { Value: true })
        {
            if (key(config.Service) is not null)
            {
                context.Problems.Error(
                    written.Place,
                    $"{name} has no meaning with wait = true: the program accepts the connections, superd never sees them; "
                    + "delete the line");
            }

            return null;
        }

        return Check(name, written, context);
    }

    /// <summary>The banner as written, with an absolute file; null when the file is bad (reported).</summary>
    public static BannerDefinition? Check(string name, Written<BannerDefinition> written, LoadContext context)
    {
        if (written.Value.File is not { } file)
        {
            return written.Value;
        }

        string path = ExecRules.Absolute(new Written<string>(file, written.Place));
        if (WhatIsWrong(path, context) is { } problem)
        {
            problem = Unexpanded.Of(file, context.HomeOf(user: null), context.Host) is { } unexpanded
                ? $"is not there: {unexpanded.Advice(whole => $"{name} = {{ file = {Wording.QuoteWhole(whole)} }}")}"
                : problem;
            context.Problems.Error(written.Place, $"{name}: the file {Wording.Quote(file)} {problem}");
            return null;
        }

        return new BannerDefinition(null, path);
    }

    private static string? WhatIsWrong(string path, LoadContext context)
    {
        SmallFile file = SmallFile.Look(path, BannerDefinition.LargestFile);
        return file.Problem switch
        {
            SmallFileProblem.None => StrictWords.WhatIsWrong(context.Strict, path, file.Status),
            SmallFileProblem.WrongKind => $"{file.Why}; name a file",
            SmallFileProblem.TooLarge => $"{file.Why}, because it is kept in memory; shorten it",
            _ when file.Errno == Errno.EACCES => $"{file.Why}; let superd's user read it",
            _ => $"{file.Why}; name a file that exists, or write the text itself",
        };
    }
}
