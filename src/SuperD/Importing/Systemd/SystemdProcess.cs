using SuperD.Configuration.Values;

namespace SuperD.Importing.Systemd;

/// <summary>User, groups, limits and directories: the process attributes of the program.</summary>
internal static class SystemdProcess
{
    /// <summary>systemd's names of the limits that superd also has.</summary>
    private static readonly string[] s_limits = ["AS", "CORE", "CPU", "DATA", "FSIZE", "MEMLOCK", "NOFILE", "NPROC", "RSS", "STACK"];

    /// <summary>Sets the keys of the process attributes.</summary>
    public static void Map(SystemdMapping mapping)
    {
        MapUser(mapping);
        MapText(mapping, "UMask", "umask", value => value.TrimStart('0').PadLeft(3, '0'));
        MapText(mapping, "RootDirectory", "chroot", value => value);
        MapDirectory(mapping);
        if (mapping.Number(mapping.Service, "Nice", -20, 19) is var (nice, value))
        {
            mapping.Set("nice", TomlValue.Of(value), nice);
        }

        SystemdEnvironment.Map(mapping);
        MapLimits(mapping);
        if (mapping.Service.Last("TimeoutStopSec") is { } stop
            && SystemdMapper.Milliseconds(stop.Value) is > 0 and < 365L * 86_400_000 and { } grace)
        {
            mapping.Set("stop_grace", TomlValue.Of(Duration.ToText(TimeSpan.FromMilliseconds(grace))), stop);
        }
    }

    private static void MapUser(SystemdMapping mapping)
    {
        if (mapping.Service.Last("User") is { } user)
        {
            mapping.Set("user", TomlValue.Principal(user.Value), user);
        }
        else
        {
            mapping.File.Set("user", TomlValue.Of("root"), "systemd's default");
        }

        if (mapping.Service.Last("Group") is { } group)
        {
            mapping.Set("group", TomlValue.Principal(group.Value), group);
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

        if (mapping.Service.Flag("DynamicUser", otherwise: false) && mapping.Service.Last("DynamicUser") is { } dynamic)
        {
            mapping.Stop(dynamic, "superd makes no users up: make one for it, and write user");
        }
    }

    private static void MapText(SystemdMapping mapping, string directive, string key, Func<string, string> form)
    {
        if (mapping.Service.Last(directive) is not { } line)
        {
            return;
        }

        (string text, string? problem) = UnitWords.FillSpecifiers(line.Value, mapping.Service.Name);
        if (problem is null)
        {
            mapping.Set(key, TomlValue.Of(form(text)), line);
        }
        else
        {
            mapping.Stop(line, problem);
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
        foreach (string name in s_limits)
        {
            if (mapping.Service.Last("Limit" + name) is not { } line)
            {
                continue;
            }

            string?[] parts = [.. line.Value.Split(':').Select(part => name == "CPU" ? Seconds(part) : SystemdMapper.Size(part))];
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
        text == "infinity" ? "unlimited" : SystemdMapper.Milliseconds(text) is { } milliseconds ? $"{(milliseconds + 999) / 1000}s" : null;
}
