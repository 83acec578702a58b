namespace SuperD.Importing.Systemd;

/// <summary>What a directive without a value does: for most it resets those before it, for some it is a value or nothing at all.</summary>
/// <remarks>As the parsers of systemd's load-fragment.c have it; the drop-in of an administrator often begins with one.</remarks>
internal static class EmptyValue
{
    private const string Capabilities = "CapabilityBoundingSet", NoCapabilities = "~";

    /// <summary>
    /// The directives whose empty value is an error that systemd ignores: booleans, numbers, modes, times, limits and words, and those of
    /// other units, which cannot be taken back.
    /// </summary>
    private static readonly HashSet<string> s_ignored =
    [
        .. ("Accept FlushPending Writable KeepAlive NoDelay FreeBind Transparent Broadcast PassCredentials PassSecurity PassPacketInfo "
            + "ReusePort RemoveOnStop SELinuxContextFromNet Backlog MaxConnections MaxConnectionsPerSource KeepAliveProbes "
            + "TriggerLimitBurst TriggerLimitIntervalSec KeepAliveTimeSec KeepAliveIntervalSec DeferAcceptSec Priority IPTTL Mark "
            + "SocketMode DirectoryMode BindIPv6Only SocketProtocol Service "
            + "DynamicUser RemoveIPC NoNewPrivileges MemoryDenyWriteExecute RestrictRealtime RestrictSUIDSGID LockPersonality PrivateTmp "
            + "PrivateDevices ProtectKernelTunables ProtectKernelModules ProtectKernelLogs ProtectClock ProtectControlGroups "
            + "PrivateNetwork PrivateUsers PrivateMounts PrivateIPC ProtectHostname ProtectSystem ProtectHome ProtectProc ProcSubset "
            + "KeyringMode DevicePolicy IgnoreSIGPIPE SendSIGKILL SendSIGHUP RemainAfterExit GuessMainPID NonBlocking "
            + "PermissionsStartOnly RootDirectoryStartOnly StandardInput StandardOutput StandardError UMask Type ExitType Restart "
            + "RestartSec RuntimeMaxSec TimeoutSec TimeoutStopSec TimeoutStartSec WatchdogSec KillSignal Slice "
            + "Requires Requisite Wants BindsTo BindTo Upholds Conflicts Before After RequiresOverridable RequisiteOverridable "
            + "RequiresMountsFor PartOf").Split(' '),
        .. SystemdDirectives.Rows.Select(row => row.Name).Where(name => name.StartsWith("Limit", StringComparison.Ordinal)),
    ];

    /// <summary>The lists that an empty value of any of their directives resets, by how those begin.</summary>
    private static readonly string[] s_families = ["Condition", "Assert", "Listen"];

    /// <summary>Whether systemd ignores the line because it is empty.</summary>
    public static bool IsIgnored(UnitLine line) => line.Value.Length == 0 && s_ignored.Contains(line.Key);

    /// <summary>Whether a line says something by itself, instead of resetting those before it.</summary>
    public static bool IsEffective(UnitLine line) =>
        line.Key == Capabilities ? line.Value != NoCapabilities : line.Value.Length > 0;

    /// <summary>Whether a line resets what stands before it of a directive.</summary>
    public static bool Resets(UnitLine line, string key)
    {
        // An empty bounding set is one without capabilities, and ~ without names is one with all of them.
        bool isEmpty = line.Value.Length == 0 || (line.Key == Capabilities && line.Value == NoCapabilities);
        return isEmpty
            && !IsIgnored(line)
            && (line.Key == key || Array.Exists(s_families, family => IsOf(line.Key, family) && IsOf(key, family)));
    }

    private static bool IsOf(string key, string family) => key.StartsWith(family, StringComparison.Ordinal);
}
