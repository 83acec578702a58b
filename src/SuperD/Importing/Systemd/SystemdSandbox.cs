using SuperD.Linux;

namespace SuperD.Importing.Systemd;

/// <summary>The directives that confine a program: what a sandbox holds of them, for a unit that has the essentials of one.</summary>
/// <remarks>
/// A sandbox here is a whole: no new privileges, no capabilities, files, system calls, network. It is written only for a unit that gives up
/// privileges anyway, so that it takes nothing from the program that the program uses; a directive alone is no sandbox. Every directive
/// that is not reported here is reported by the table, as not imported.
/// </remarks>
internal sealed class SystemdSandbox
{
    private const string Strict = "strict", SystemService = "@system-service";

    /// <summary>The directories that systemd leaves readable, and a profile does not have.</summary>
    private static readonly string[] s_tops = ["/boot", "/home", "/media", "/mnt", "/root", "/run", "/srv", "/sys", "/var"];

    private static readonly string[] s_homes = ["/home", "/root"];

    /// <summary>What systemd makes below a directory of its own, and lets the program change.</summary>
    private static readonly (string Directive, string Base)[] s_directories =
    [
        ("StateDirectory", "/var/lib"), ("CacheDirectory", "/var/cache"), ("LogsDirectory", "/var/log"), ("RuntimeDirectory", "/run"),
    ];

    /// <summary>What every profile denies.</summary>
    private static readonly string[] s_denied =
        ["RestrictNamespaces", "LockPersonality", "ProtectKernelModules", "ProtectClock", "ProtectHostname", "KeyringMode"];

    /// <summary>What no program can do that may not write to /proc, /sys and /dev.</summary>
    private static readonly string[] s_deniedByFiles = ["ProtectKernelTunables", "ProtectControlGroups", "PrivateDevices"];

    /// <summary>The families of a program with a network; those of one without are the first.</summary>
    private static readonly string[] s_families = ["AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK"];

    private readonly SystemdMapping _mapping;
    private readonly Unit _unit;
    private readonly List<string> _readable = [];
    private readonly List<string> _writable = [];
    private readonly List<string> _systemCalls = [];
    private readonly bool _isDynamic;
    private string _profile = "basic";

    private SystemdSandbox(SystemdMapping mapping)
    {
        _mapping = mapping;
        _unit = mapping.Service;
        _isDynamic = _unit.Flag("DynamicUser", otherwise: false);
    }

    /// <summary>Whether systemd lets the program read all files and change few.</summary>
    private bool ConfinesFiles => _isDynamic || _unit.Last("ProtectSystem")?.Value == Strict;

    /// <summary>Sets the keys of a sandbox.</summary>
    public static void Map(SystemdMapping mapping)
    {
        var sandbox = new SystemdSandbox(mapping);
        if (sandbox.GivesUpPrivileges() && sandbox.HasEssentials())
        {
            sandbox.Write();
        }
    }

    /// <summary>Whether the program has no capabilities and gains none, here and there.</summary>
    private bool GivesUpPrivileges()
    {
        bool isUser = _isDynamic || _unit.Last("User")?.Value is not (null or "root" or "0");
        bool hasCapabilities = _unit.Lines.LastOrDefault(line => line.Key == "CapabilityBoundingSet") is not { Value.Length: 0 };
        bool gainsNone = _isDynamic || _unit.Flag("NoNewPrivileges", otherwise: false);
        return gainsNone && (isUser || !hasCapabilities) && _unit.Last("RootDirectory") is null && _unit.Last("RootImage") is null;
    }

    private bool HasEssentials() =>
        ConfinesFiles
        || _unit.Flag("PrivateNetwork", otherwise: false)
        || _unit.Last("RestrictAddressFamilies") is not null
        || SystemCallWords() is { Count: > 0 };

    private void Write()
    {
        MapSystemCalls();
        MapFiles();
        string capabilities = _unit.All("AmbientCapabilities").Count > 0 ? "capabilities alone" : "no capability";
        string more = _profile == Strict ? "the calls of @system-service without those for administration" : "nearly all system calls";
        _mapping.File.Set(
            "sandbox",
            TomlValue.Of(_profile),
            $"it leaves the program {more}, and {capabilities}; see 'superd help keys sandbox'");
        SetList("readable", _readable);
        SetList("writable", _writable);
        MapNetwork();
        SetList("syscalls", _systemCalls);
        ReportDenied();
        ReportLost();
    }

    private void SetList(string key, List<string> items)
    {
        if (items.Count > 0)
        {
            _mapping.File.Set(key, TomlValue.Of(items, oneAlone: true));
        }
    }

    private void MapFiles()
    {
        if (!ConfinesFiles)
        {
            _writable.Add("/"); // the unit leaves the files as they are
            return;
        }

        Report("ProtectSystem", "readable and writable");
        List<string> tops = [.. s_tops];
        if (_unit.Last("ProtectHome")?.Value.ToLowerInvariant() is "yes" or "true" or "on" or "1" or "tmpfs")
        {
            tops.RemoveAll(s_homes.Contains);
        }

        Report("ProtectHome", "readable and writable");
        MapHidden(tops);
        _readable.AddRange(tops.Count == s_tops.Length ? ["/"] : tops.Select(top => $"-{top}"));
        MapReadOnly();
        MapWritable();
    }

    /// <summary>What is hidden there is not listed here; a path inside one that must be listed cannot be hidden.</summary>
    private void MapHidden(List<string> tops)
    {
        foreach (UnitLine line in LinesOf("InaccessiblePaths", "InaccessibleDirectories"))
        {
            string[] paths = PathsOf(line);
            if (Array.TrueForAll(paths, path => s_tops.Contains(path)))
            {
                tops.RemoveAll(paths.Contains);
                _mapping.Report.Mapped(line.Place, line.Key, "readable does not name it");
            }
        }
    }

    private void MapReadOnly()
    {
        foreach (UnitLine line in LinesOf("ReadOnlyPaths", "ReadOnlyDirectories"))
        {
            _mapping.Report.Mapped(line.Place, line.Key, "writable does not name it");
        }
    }

    private void MapWritable()
    {
        foreach (UnitLine line in LinesOf("ReadWritePaths", "ReadWriteDirectories"))
        {
            if (_mapping.Fill(_unit, line) is not null)
            {
                _writable.AddRange(PathsOf(line, keepsMark: true));
                _mapping.Report.Mapped(line.Place, line.Key, "writable");
            }
        }

        foreach ((string directive, string parent) in s_directories)
        {
            _writable.AddRange(_unit.All(directive)
                .SelectMany(line => Words(UnitWords.FillSpecifiers(line.Value, _unit.Name).Text))
                .Select(name => $"-{parent}/{name.Split(':')[0]}"));
        }

        if (_profile == Strict && (_isDynamic || (_unit.Last("PrivateTmp") is { } apart && !IsNo(apart))))
        {
            _writable.AddRange(["/tmp", "/var/tmp"]);
        }
    }

    private void MapNetwork()
    {
        UnitLine? apart = _unit.Flag("PrivateNetwork", otherwise: false) ? _unit.Last("PrivateNetwork") : null;
        UnitLine? families = _unit.Last("RestrictAddressFamilies");
        bool isDenying = families?.Value.StartsWith('~') == true;
        string[] named = [.. _unit.All("RestrictAddressFamilies").SelectMany(line => Words(line.Value.TrimStart('~')))];
        bool isLocal = families is not null && !isDenying && named.All(family => family is "AF_UNIX" or "none");
        bool canBeOff = _mapping.Accept && _unit.All("ListenDatagram").Count == 0 && _mapping.Socket.All("ListenDatagram").Count == 0;
        if ((apart is not null || isLocal) && canBeOff)
        {
            _mapping.File.Set("network", TomlValue.Of("off"));
            foreach (UnitLine line in ((UnitLine?[])[apart, isLocal ? families : null]).OfType<UnitLine>())
            {
                _mapping.Report.Differs(line.Place, line.Key, "network = \"off\"; Unix-domain sockets of the machine stay within reach");
            }
        }
        else if (_profile == Strict)
        {
            _mapping.File.Set("network", TomlValue.Of("on"));
        }

        if (families is not null && !isLocal)
        {
            string[] lost = [.. s_families.Where(family => named.Contains(family) == isDenying)];
            string here = "a sandbox leaves AF_UNIX, AF_INET, AF_INET6 and AF_NETLINK";
            if (lost.Length == 0)
            {
                _mapping.Report.Mapped(families.Place, families.Key, here);
            }
            else
            {
                _mapping.Report.Differs(families.Place, families.Key, $"{here}, so also {string.Join(' ', lost)}");
            }
        }
    }

    /// <summary>A list of denied calls becomes corrections; of the lists of allowed ones, that of services becomes strict.</summary>
    private void MapSystemCalls()
    {
        IReadOnlyList<(UnitLine Line, bool IsAllowed, string Name)> words = SystemCallWords();
        bool isAllowList = words is [{ IsAllowed: true }, ..];
        if (isAllowList && words.Any(word => word is { IsAllowed: true, Name: SystemService }))
        {
            _profile = Strict;
        }
        else if (isAllowList)
        {
            return; // the table reports it as not imported
        }

        foreach ((UnitLine line, bool isAllowed, string name) in words.Where(word => word.Name != SystemService))
        {
            bool isKnown = name.StartsWith('@') ? SystemCallGroups.TryFind(name, out _) : SystemCallTable.IsKnown(name);
            if (isKnown && !SystemCallPolicy.NeededToLaunch.Contains(name))
            {
                _systemCalls.Add((isAllowed ? "+" : "-") + name);
            }
        }

        foreach (UnitLine line in _unit.All("SystemCallFilter"))
        {
            _mapping.Report.Differs(
                line.Place,
                line.Key,
                $"{(_profile == Strict ? "sandbox = \"strict\" and " : "")}syscalls; a call that is denied fails here, and kills nothing");
        }

        Report("SystemCallErrorNumber", "a call that is denied fails with EPERM");
        Report("SystemCallArchitectures", "calls of another architecture kill the program");
    }

    private IReadOnlyList<(UnitLine Line, bool IsAllowed, string Name)> SystemCallWords() =>
    [
        .. _unit.All("SystemCallFilter").SelectMany(line => Words(line.Value.TrimStart('~'))
            .Select(word => (line, !line.Value.StartsWith('~'), word.Split(':')[0]))),
    ];

    private void ReportDenied()
    {
        string sandbox = $"sandbox = \"{_profile}\"";
        Report("NoNewPrivileges", sandbox);
        Report("CapabilityBoundingSet", $"{sandbox} leaves none but those of capabilities");
        foreach (string directive in ConfinesFiles ? s_denied.Concat(s_deniedByFiles) : s_denied)
        {
            Report(directive, sandbox);
        }
    }

    /// <summary>The others that confine a program.</summary>
    private void ReportLost()
    {
        foreach (UnitLine line in _unit.Lines.Where(IsLost))
        {
            _mapping.NotMapped(line, $"sandbox = \"{_profile}\" does not hold this, so that the program has less confinement here");
        }
    }

    private bool IsLost(UnitLine line) =>
        SystemdDirectives.Find(line.Section, line.Key) is { Note: SystemdDirectives.Confinement }
        && _unit.All(line.Key).Contains(line)
        && !_mapping.Report.Mentions(line.Place)
        && !IsNo(line);

    private static bool IsNo(UnitLine line) => line.Value.ToLowerInvariant() is "no" or "false" or "off" or "0";

    /// <summary>Reports the effective lines of a directive, unless they say no.</summary>
    private void Report(string directive, string here)
    {
        foreach (UnitLine line in _unit.All(directive))
        {
            if (!_mapping.Report.Mentions(line.Place) && !IsNo(line))
            {
                _mapping.Report.Mapped(line.Place, line.Key, here);
            }
        }
    }

    private IEnumerable<UnitLine> LinesOf(params string[] directives) => directives.SelectMany(_unit.All);

    /// <summary>The paths of a line, without the marks '-' (need not exist) and '+' (below the root, which is the machine's).</summary>
    private string[] PathsOf(UnitLine line, bool keepsMark = false) =>
    [
        .. Words(UnitWords.FillSpecifiers(line.Value, _unit.Name).Text)
            .Select(word => (word.StartsWith('-') && keepsMark ? "-" : "") + word.TrimStart('-', '+')),
    ];

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
