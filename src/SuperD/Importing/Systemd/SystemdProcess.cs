using System.Collections.Immutable;
using SuperD.Configuration;
using SuperD.Configuration.Values;
using SuperD.Linux;

namespace SuperD.Importing.Systemd;

/// <summary>User, groups, limits and directories: the process attributes of the program.</summary>
internal static class SystemdProcess
{
    /// <summary>systemd's names of the limits that superd also has.</summary>
    public static readonly ImmutableArray<string> Limits =
        ["AS", "CORE", "CPU", "DATA", "FSIZE", "MEMLOCK", "NOFILE", "NPROC", "RSS", "STACK"];

    /// <summary>Sets the keys of the process attributes.</summary>
    public static void Map(SystemdMapping mapping)
    {
        MapUser(mapping);
        MapCapabilities(mapping);
        MapText(mapping, "UMask", "umask", value => value.TrimStart('0').PadLeft(3, '0'));
        MapText(mapping, "RootDirectory", "chroot", value => value);
        MapDirectory(mapping);
        if (mapping.Number(mapping.Service, "Nice", -20, 19) is var (nice, value))
        {
            mapping.Set("nice", TomlValue.Of(value), nice);
        }

        if (mapping.Number(mapping.Service, "OOMScoreAdjust", OomScore.Lowest, OomScore.Highest) is var (oom, adjustment))
        {
            mapping.Set("oom_score_adj", TomlValue.Of(adjustment), oom);
        }

        SystemdEnvironment.Map(mapping);
        MapLimits(mapping);
        MapProcessors(mapping);
        MapDuration(mapping, mapping.Service.Last("TimeoutStopSec") is null ? "TimeoutSec" : "TimeoutStopSec", "stop_grace");
        MapDuration(mapping, "RuntimeMaxSec", "run_timeout");
        MapOrphans(mapping);
        SystemdGroupLimits.Map(mapping);
    }

    private static void MapDuration(SystemdMapping mapping, string directive, string key)
    {
        if (mapping.Service.Last(directive) is { } line
            && SystemdValue.Milliseconds(line.Value) is > 0 and { } milliseconds
            && milliseconds <= (long)Duration.Longest.TotalMilliseconds)
        {
            mapping.Set(key, TomlValue.Of(Duration.ToText(TimeSpan.FromMilliseconds(milliseconds))), line);
        }
    }

    /// <summary>The cpuset of AllowedCPUs= cannot be left; cpu_affinity is what comes nearest.</summary>
    private static void MapProcessors(SystemdMapping mapping)
    {
        IReadOnlyList<UnitLine> affinity = mapping.Service.All("CPUAffinity");
        IReadOnlyList<UnitLine> lines = affinity.Count > 0 ? affinity : mapping.Service.All("AllowedCPUs");
        string numbers = string.Join(
            ',', lines.SelectMany(line => line.Value.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)));
        if (ProcessorSet.TryParse(numbers, out _))
        {
            string? odd = affinity.Count > 0 ? null : "under systemd a program cannot leave them, here it may choose others itself";
            mapping.Set("cpu_affinity", TomlValue.Of(numbers), lines[^1], odd);
            foreach (UnitLine line in lines.SkipLast(1))
            {
                mapping.Report.Mapped(line.Place, line.Key, "cpu_affinity");
            }
        }
    }

    /// <summary>What happens to the processes a program leaves behind. With wait superd keeps them by default, systemd does not.</summary>
    private static void MapOrphans(SystemdMapping mapping)
    {
        UnitLine? mode = mapping.Service.Last("KillMode");
        switch (mode?.Value)
        {
            case "process":
                mapping.Set("orphans", TomlValue.Of("keep"), mode);
                break;
            case "none":
                const string EndsProgram = "systemd ends nothing, superd ends the program itself, at a time limit or when it stops";
                mapping.Set("orphans", TomlValue.Of("keep"), mode, EndsProgram);
                break;
            case "mixed":
                mapping.Set("orphans", TomlValue.Of("kill"), mode, "superd sends SIGTERM to all processes, systemd to the first alone");
                break;
            case null or "control-group":
                if (!mapping.Accept)
                {
                    mapping.File.Set("orphans", TomlValue.Of("kill"), "KillMode=control-group, systemd's default");
                }

                if (mode is not null)
                {
                    mapping.Report.Mapped(mode.Place, mode.Key, "orphans = \"kill\"");
                }

                break;
        }

        if (mapping.Service.Last("Type") is { } type)
        {
            if (type.Value == "forking")
            {
                mapping.Stop(
                    type,
                    "the program goes to the background, and superd would take it for ended: give it the option that keeps it in the "
                    + "foreground");
            }
            else if (type.Value is "simple" or "exec")
            {
                mapping.Report.Mapped(type.Place, type.Key, "a program runs as soon as it is executed");
            }
        }

        if (mapping.Service.Last("KillSignal") is { Value: "SIGTERM" or "TERM" or "15" } signal)
        {
            mapping.Report.Mapped(signal.Place, signal.Key, "the signal superd sends");
        }
    }

    private static void MapUser(SystemdMapping mapping)
    {
        UnitLine? user = mapping.Service.Last("User");
        if (mapping.Service.Flag("DynamicUser", otherwise: false) && mapping.Service.Last("DynamicUser") is { } dynamic)
        {
            mapping.Set(
                "user",
                TomlValue.Of(DynamicUserDefinition.Word),
                dynamic,
                "each connection has a user of its own here; what it leaves is removed, but not in a directory of writable");
            if (user is not null)
            {
                mapping.Report.Mapped(user.Place, user.Key, "only the name of the user that is made up");
            }
        }
        else if (user is null)
        {
            mapping.File.Set("user", TomlValue.Of("root"), "systemd's default");
        }
        else if (mapping.Fill(mapping.Service, user) is { } name)
        {
            mapping.Set("user", TomlValue.Principal(name), user);
        }

        UnitLine? group = mapping.Service.Last("Group");
        if (mapping.Fill(mapping.Service, group) is { } groupName)
        {
            mapping.Set("group", TomlValue.Principal(groupName), group!); // it has a value, so it is written
        }

        if (mapping.Service.All("SupplementaryGroups") is { Count: > 0 } groups)
        {
            IEnumerable<string> names = groups.SelectMany(line => line.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            mapping.Set(
                "groups",
                $"[{string.Join(", ", names.Select(TomlValue.Principal))}]",
                groups[^1],
                "systemd adds them to the user's own, superd takes them for all: write those here as well if they are needed");
        }

    }

    private static void MapCapabilities(SystemdMapping mapping)
    {
        IReadOnlyList<UnitLine> lines = mapping.Service.All("AmbientCapabilities");
        if (lines.Count == 0)
        {
            return;
        }

        string[] words = [.. lines.SelectMany(line => line.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        if (Array.Find(words, word => !CapabilitySet.TryFind(word, out _)) is { } unknown)
        {
            mapping.Stop(
                lines[^1], $"{Wording.Quote(unknown)} is no capability that superd knows: write those of the program as capabilities");
            return;
        }

        mapping.Set(
            "capabilities",
            TomlValue.Of([.. words.Select(PlainName)], oneAlone: true),
            lines[^1],
            "unlike systemd's, these are all that programs with set-user-id can have, too");

        static string PlainName(string word) => CapabilitySet.TryFind(word, out CapabilitySet one) ? one.Names.Single() : word;
    }

    private static void MapText(SystemdMapping mapping, string directive, string key, Func<string, string> form)
    {
        UnitLine? line = mapping.Service.Last(directive);
        if (mapping.Fill(mapping.Service, line) is { } text)
        {
            mapping.Set(key, TomlValue.Of(form(text)), line!); // it has a value, so it is written
        }
    }

    private static void MapDirectory(SystemdMapping mapping)
    {
        if (mapping.Service.Last("WorkingDirectory") is { } line && line.Value.TrimStart('-').StartsWith('~'))
        {
            mapping.Stop(line, "the user's home: write its path as directory");
        }
        else
        {
            MapText(mapping, "WorkingDirectory", "directory", value => value.TrimStart('-'));
        }
    }

    private static void MapLimits(SystemdMapping mapping)
    {
        var limits = new List<string>();
        foreach (string name in Limits)
        {
            if (mapping.Service.Last("Limit" + name) is not { } line)
            {
                continue;
            }

            string?[] parts = [.. line.Value.Split(':').Select(part => name == "CPU" ? Seconds(part) : SystemdValue.Size(part))];
            if (parts.Contains(null) || parts.Length > 2)
            {
                mapping.Stop(line, "a number, 'infinity' or 'soft:hard' is needed");
                continue;
            }

            string limit = TomlValue.Of(string.Join(':', parts));
            limits.Add($"{name.ToLowerInvariant()} = {limit}");
            mapping.Report.Mapped(line.Place, line.Key, $"rlimit.{name.ToLowerInvariant()} = {limit}");
        }

        if (limits.Count > 0)
        {
            mapping.File.Set("rlimit", $"{{ {string.Join(", ", limits)} }}");
        }
    }

    private static string? Seconds(string text) =>
        text == "infinity" ? "unlimited" : SystemdValue.Milliseconds(text) is { } milliseconds ? $"{(milliseconds + 999) / 1000}s" : null;
}
