using System.Collections.Immutable;

namespace SuperD.Importing.Systemd;

/// <summary>Why a directive is not imported, for those that are not.</summary>
internal static class SystemdDirectives
{
    private const string Sandbox = "superd does not confine programs: this one runs with less confinement here than under systemd";
    private const string ControlGroup = "superd makes no control groups; rlimit and nice limit a process";

    /// <summary>The beginning of the names, and why; the first row that fits counts.</summary>
    private static readonly ImmutableArray<(string Start, string Why)> s_rows =
    [
        ("ExecStartPre", "superd runs nothing but the program of exec"), ("ExecStartPost", "superd runs nothing but the program of exec"), ("ExecStop", "superd runs nothing but the program of exec"),
        ("ExecCondition", "superd runs nothing but the program of exec"), ("ExecReload", "superd runs nothing but the program of exec"),
        ("Restart", "a program that has ended is started again by the next client, and by nothing else"), ("Type", "superd takes a program for running as soon as it is executed"),
        ("KillMode", "superd ends process groups"), ("KillSignal", "superd ends programs with SIGTERM, then SIGKILL"), ("SendSIGKILL", "superd ends programs with SIGTERM, then SIGKILL"),
        ("RuntimeMaxSec", "superd has no limit to how long a program may run"), ("DynamicUser", "make a user for it and write user"),
        ("IgnoreSIGPIPE", "a program starts with every signal at its default, SIGPIPE too"),
        ("Protect", Sandbox), ("Private", Sandbox), ("Restrict", Sandbox), ("SystemCall", Sandbox), ("Capability", Sandbox), ("AmbientCapabilities", Sandbox), ("NoNewPrivileges", Sandbox),
        ("ReadOnly", Sandbox), ("ReadWrite", Sandbox), ("Inaccessible", Sandbox), ("MemoryDeny", Sandbox), ("LockPersonality", Sandbox), ("IPAddress", Sandbox + "; only_from and no_access say who may come in"),
        ("Bind", "superd has no key for it"), ("Memory", ControlGroup), ("CPU", ControlGroup), ("Tasks", ControlGroup), ("IO", ControlGroup), ("Slice", ControlGroup), ("Delegate", ControlGroup),
        ("State", "make the directory by hand"), ("RuntimeDirectory", "make the directory by hand"), ("CacheDirectory", "make the directory by hand"), ("LogsDirectory", "make the directory by hand"),
    ];

    /// <summary>Directives that have nothing to do with what a service does here.</summary>
    private static readonly ImmutableArray<string> s_neutral = ["Documentation", "Description", "SyslogIdentifier", "CollectMode", "RemainAfterExit"];

    /// <summary>Null for a directive that needs no counterpart.</summary>
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
