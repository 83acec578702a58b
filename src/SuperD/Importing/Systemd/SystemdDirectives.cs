using System.Collections.Immutable;

namespace SuperD.Importing.Systemd;

/// <summary>The reasons why directives are not imported.</summary>
internal static class SystemdDirectives
{
    private const string Sandbox = "superd does not confine programs: this one runs with less confinement here than under systemd";
    private const string ControlGroup = "superd makes no control groups; rlimit and nice limit a process";

    private const string OneProgram = "superd runs nothing but the program of exec";
    private const string TermThenKill = "superd ends programs with SIGTERM, then SIGKILL";
    private const string MakeDirectory = "make the directory by hand";

    /// <summary>The start of directive names, and the reason; the first match counts.</summary>
    private static readonly ImmutableArray<(string Start, string Why)> s_rows =
    [
        ("ExecStartPre", OneProgram),
        ("ExecStartPost", OneProgram),
        ("ExecStop", OneProgram),
        ("ExecCondition", OneProgram),
        ("ExecReload", OneProgram),
        ("Restart", "a program that has ended is started again by the next client, and by nothing else"),
        ("Type", "superd takes a program for running as soon as it is executed"),
        ("KillMode", "superd ends process groups"),
        ("KillSignal", TermThenKill),
        ("SendSIGKILL", TermThenKill),
        ("RuntimeMaxSec", "superd has no limit to how long a program may run"),
        ("DynamicUser", "make a user for it and write user"),
        ("IgnoreSIGPIPE", "a program starts with every signal at its default, SIGPIPE too"),
        ("Protect", Sandbox),
        ("Private", Sandbox),
        ("Restrict", Sandbox),
        ("SystemCall", Sandbox),
        ("Capability", Sandbox),
        ("AmbientCapabilities", Sandbox),
        ("NoNewPrivileges", Sandbox),
        ("ReadOnly", Sandbox),
        ("ReadWrite", Sandbox),
        ("Inaccessible", Sandbox),
        ("MemoryDeny", Sandbox),
        ("LockPersonality", Sandbox),
        ("IPAddress", Sandbox + "; only_from and no_access say who may come in"),
        ("Bind", "superd has no key for it"),
        ("Memory", ControlGroup),
        ("CPU", ControlGroup),
        ("Tasks", ControlGroup),
        ("IO", ControlGroup),
        ("Slice", ControlGroup),
        ("Delegate", ControlGroup),
        ("State", MakeDirectory),
        ("RuntimeDirectory", MakeDirectory),
        ("CacheDirectory", MakeDirectory),
        ("LogsDirectory", MakeDirectory),
    ];

    /// <summary>Directives that do not affect what a service does.</summary>
    private static readonly ImmutableArray<string> s_neutral =
        ["Documentation", "Description", "SyslogIdentifier", "CollectMode", "RemainAfterExit"];

    /// <summary>Why a directive is not imported; null when it needs no counterpart.</summary>
    public static string? WhyNot(UnitLine line)
    {
        if (line.Section == "Install" || s_neutral.Contains(line.Key))
        {
            return null;
        }

        if (line.Section == "Unit")
        {
            return "superd does not order or require other units";
        }

        foreach ((string start, string why) in s_rows)
        {
            if (line.Key.StartsWith(start, StringComparison.Ordinal))
            {
                return why;
            }
        }

        return "superd has no key for it";
    }
}
