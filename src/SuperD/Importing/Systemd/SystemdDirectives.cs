using System.Collections.Immutable;

namespace SuperD.Importing.Systemd;

/// <summary>The directives of socket and service units, their counterparts here, and the reasons where there is none.</summary>
/// <remarks>
/// systemd.socket(5), systemd.service(5), systemd.exec(5), systemd.kill(5), systemd.resource-control(5) and systemd.unit(5). The
/// mapping itself stands in the other files of this folder.
/// </remarks>
internal static class SystemdDirectives
{
    private const string None = SystemdDirective.None;
    private const string Unit = "Unit", Socket = "Socket", Service = "Service", Install = "Install";

    private const ImportWeight Access = ImportWeight.NarrowsAccess;
    private const ImportWeight Program = ImportWeight.NarrowsProgram;
    private const ImportWeight Behaviour = ImportWeight.ChangesBehaviour;
    private const ImportWeight Cosmetic = ImportWeight.Cosmetic;

    private const string OtherUnits = "superd does not order or require other units";
    private const string OneProgram = "superd runs nothing but the program of exec";
    private const string TermThenKill = "superd ends programs with SIGTERM, then SIGKILL";
    private const string MakeDirectory = "make the directory by hand";
    private const string NoKey = "superd has no key for it";
    private const string Conditions =
        "systemd starts the unit only while this holds, superd checks no conditions: delete the line below if it always does here";

    private const string Requirements =
        "systemd starts the unit only with this one, superd knows no other units: delete the line below if it is always there";

    private const string CommandBefore =
        "superd runs nothing but the program of exec, and if this fails systemd does not start it: put it into a script, or delete the "
        + "line below if it only prepares what is there anyway";

    /// <summary>The reason of those that confine a program, where nothing else does.</summary>
    public const string Confinement =
        "sandbox does not mean this by itself, so that this program runs with less confinement here than under systemd: write "
        + "sandbox = \"basic\" if it bears that ('superd help keys sandbox')";

    private const string NoGroupLimits =
        "superd has no such limit of a group of processes; limit has memory, processes, cpu and io";

    private const string NoSlices = "superd has no slices";
    private const string NoFile =
        "systemd does not start the program without what it opens here, and superd opens nothing for it: name the file to the program "
        + "itself, then delete the line below";

    private const string OwnConnections =
        "of a service unit systemd applies it to the program's own connections, never to the clients of its socket, and superd does not "
        + "filter those; if clients were meant write only_from";

    private const string OwnCommands = "in a socket unit it is for the unit's own commands, which superd does not run";
    private const string ByAddress = "superd listens on addresses; write those of the interface into listen, or let a firewall do it";

    /// <summary>The directives, each once for a section.</summary>
    public static readonly ImmutableArray<SystemdDirective> Rows =
    [
        .. Group(Unit, Cosmetic, "description", "", "Description"),
        .. Group(Unit, Cosmetic, None, "for people", "Documentation SourcePath CollectMode DebugInvocation"),
        .. Group(
            Unit,
            Behaviour,
            None,
            OtherUnits,
            "Wants Upholds Conflicts Before After OnSuccess OnFailure PropagatesReloadTo "
            + "PropagateReloadTo ReloadPropagatedFrom PropagateReloadFrom PropagatesStopTo StopPropagatedFrom PartOf JoinsNamespaceOf "
            + "WantsMountsFor StopWhenUnneeded RefuseManualStart "
            + "RefuseManualStop AllowIsolate DefaultDependencies OnSuccessJobMode OnFailureJobMode OnFailureIsolate IgnoreOnIsolate "
            + "IgnoreOnSnapshot JobTimeoutSec JobRunningTimeoutSec JobTimeoutAction JobTimeoutRebootArgument FailureAction "
            + "SuccessAction FailureActionExitStatus SuccessActionExitStatus RebootArgument SurviveFinalKillSignal"),
        .. Group(Unit, Access, None, Requirements, SystemdStart.Requirements),
        .. Group(
            Unit,
            Behaviour,
            None,
            "superd does not give a service up; it slows down one that keeps failing",
            "StartLimitIntervalSec StartLimitInterval StartLimitBurst StartLimitAction"),

        .. Group(Socket, Behaviour, "listen", "", "ListenStream ListenDatagram"),
        .. Group(
            Socket,
            Behaviour,
            None,
            "superd listens on TCP and UDP addresses and ports, and on Unix-domain stream sockets",
            "ListenSequentialPacket ListenFIFO ListenSpecial ListenNetlink ListenMessageQueue ListenUSBFunction SocketProtocol"),
        .. Group(Socket, Access, "v6only", "", "BindIPv6Only"),
        .. Group(Socket, Access, "socket_owner", "", "SocketUser SocketGroup"),
        .. Group(Socket, Access, "socket_mode", "", "SocketMode"),
        .. Group(Socket, Access, "instances", "", "MaxConnections"),
        .. Group(Socket, Access, "per_source", "", "MaxConnectionsPerSource"),
        .. Group(Socket, Access, "rate", "", "TriggerLimitIntervalSec TriggerLimitBurst"),
        .. Group(Socket, Access, "only_from", "", "IPAddressAllow"),
        .. Group(Socket, Access, "no_access", "", "IPAddressDeny"),
        .. Group(Socket, Behaviour, "wait", "", "Accept"),
        .. Group(Socket, Behaviour, "exec", "", "Service"),
        .. Group(Socket, Behaviour, "backlog", "", "Backlog"),
        .. Group(Socket, Behaviour, "nodelay", "", "NoDelay"),
        .. Group(Socket, Behaviour, "keepalive", "", "KeepAlive KeepAliveTimeSec KeepAliveIntervalSec KeepAliveProbes"),
        .. Group(Socket, Cosmetic, "file name", "", "FileDescriptorName"),
        .. Group(Socket, Access, None, NoSlices, "Slice"),
        .. Group(Socket, Access, None, ByAddress, "BindToDevice RestrictNetworkInterfaces"),
        .. Group(
            Socket,
            Access,
            None,
            "superd makes no directory for a socket: make it with this mode, so that it keeps out whom it kept out",
            "DirectoryMode"),
        .. Group(
            Socket,
            Access,
            None,
            "superd listens in its own network namespace, where other clients come in",
            "PrivateNetwork NetworkNamespacePath"),
        .. Group(
            Socket,
            Access,
            None,
            "superd has no filter of packets; let a firewall do it, or write only_from",
            "IPIngressFilterPath IPEgressFilterPath BPFProgram NFTSet"),
        .. Group(Socket, Access, None, "superd leaves it as the kernel has it, so that farther clients come in", "IPTTL"),
        .. Group(Socket, Access, None, "superd sets no security labels", "SmackLabel SmackLabelIPIn"),
        .. Group(Socket, Behaviour, None, "superd sets no security labels", "SmackLabelIPOut"),
        .. Group(Socket, Program, None, "superd does not pass on the labels of connections", "SELinuxContextFromNet"),
        .. Group(Socket, Behaviour, None, "superd never stops listening; rate limits who comes in", "PollLimitIntervalSec PollLimitBurst"),
        .. Group(Socket, Access, None, CommandBefore, "ExecStartPre"),
        .. Group(Socket, Behaviour, None, OneProgram, "ExecStartPost ExecStopPre ExecStopPost"),
        .. Group(
            Socket,
            Behaviour,
            None,
            NoKey,
            "TimeoutSec FlushPending Writable DeferAcceptSec Priority ReceiveBuffer SendBuffer IPTOS Mark PipeSize FreeBind Transparent "
            + "Broadcast PassCredentials PassPIDFD PassSecurity PassPacketInfo AcceptFileDescriptors Timestamping TCPCongestion ReusePort "
            + "MessageQueueMaxMessages MessageQueueMessageSize RemoveOnStop Symlinks PassFileDescriptorsToExec DeferTrigger "
            + "DeferTriggerMaxSec"),

        .. Group(Service, Behaviour, "exec", "", "ExecStart ExecSearchPath StandardInput"),
        .. Group(Service, Behaviour, "stderr", "", "StandardOutput StandardError"),
        .. Group(Service, Program, "user", "", "User DynamicUser"),
        .. Group(Service, Program, "group", "", "Group"),
        .. Group(Service, Program, "groups", "", "SupplementaryGroups"),
        .. Group(Service, Program, "umask", "", "UMask"),
        .. Group(Service, Program, "nice", "", "Nice"),
        .. Group(Service, Program, "chroot", "", "RootDirectory"),
        .. Group(Service, Program, "run_timeout", "", "RuntimeMaxSec"),
        .. Group(Service, Program, "cpu_affinity", "", "CPUAffinity AllowedCPUs"),
        .. Group(Service, Behaviour, "directory", "", "WorkingDirectory"),
        .. Group(Service, Behaviour, "env", "", "Environment EnvironmentFile UnsetEnvironment"),
        .. Group(Service, Behaviour, "pass_env", "", "PassEnvironment"),
        .. Group(Service, Behaviour, "login_env", "", "SetLoginEnvironment"),
        .. Group(Service, Behaviour, "oom_score_adj", "", "OOMScoreAdjust"),
        .. Group(Service, Behaviour, "orphans", "", "KillMode"),
        .. Group(Service, Behaviour, "stop_grace", "", "TimeoutStopSec TimeoutSec"),
        .. Group(Service, Program, "limit", "", "MemoryMax TasksMax CPUQuota"),
        .. SystemdProcess.Limits.Select(name =>
            new SystemdDirective(Service, "Limit" + name, Program, "rlimit." + name.ToLowerInvariant())),
        .. Group(
            Service,
            Program,
            None,
            "superd has no such limit",
            "LimitLOCKS LimitSIGPENDING LimitMSGQUEUE LimitNICE LimitRTPRIO LimitRTTIME"),
        .. Group(
            Service,
            Access,
            None,
            "superd runs nothing but the program of exec, and this one decides whether a client is served: put it into a script",
            "ExecCondition"),
        .. Group(Service, Access, None, CommandBefore, "ExecStartPre"),
        .. Group(Service, Access, None, NoSlices, "Slice"),
        .. Group(Service, Access, None, NoFile, "LoadCredential LoadCredentialEncrypted OpenFile"),
        .. Group(
            Service,
            Access,
            None,
            "PAM may refuse to start the program (pam_nologin, pam_access, pam_time), and superd does not ask it",
            "PAMName"),
        .. Group(
            Service,
            Program,
            None,
            Confinement,
            "RootImage RootImageOptions RootImagePolicy RootHash RootHashSignature RootVerity RootEphemeral ExtensionDirectories "
            + "ExtensionImages ExtensionImagePolicy MountImages MountImagePolicy SecureBits CapabilityBoundingSet "
            + "NoNewPrivileges ProtectProc ProcSubset PrivateBPF BPFDelegateCommands BPFDelegateMaps BPFDelegatePrograms "
            + "BPFDelegateAttachments SystemCallFilter SystemCallArchitectures SystemCallErrorNumber SystemCallLog MemoryDenyWriteExecute "
            + "RestrictNamespaces DelegateNamespaces RestrictRealtime RestrictSUIDSGID RestrictAddressFamilies LockPersonality "
            + "RestrictFileSystems ReadWriteDirectories ReadOnlyDirectories InaccessibleDirectories ReadWritePaths ReadOnlyPaths "
            + "InaccessiblePaths ExecPaths NoExecPaths BindPaths BindReadOnlyPaths TemporaryFileSystem PrivateTmp PrivateDevices "
            + "ProtectKernelTunables ProtectKernelModules ProtectKernelLogs ProtectClock ProtectControlGroups NetworkNamespacePath "
            + "IPCNamespacePath UserNamespacePath PrivateNetwork PrivateUsers PrivateMounts PrivateIPC PrivatePIDs ProtectSystem "
            + "ProtectHome ProtectHostname MountFlags MountAPIVFS SELinuxContext AppArmorProfile SmackProcessLabel DeviceAllow "
            + "DevicePolicy SocketBindAllow SocketBindDeny RestrictNetworkInterfaces BPFProgram NFTSet KeyringMode"),
        .. Group(Service, Program, None, OwnConnections, "IPAddressAllow IPAddressDeny IPIngressFilterPath IPEgressFilterPath"),
        .. Group(
            Service,
            Program,
            None,
            NoGroupLimits,
            "MemoryHigh StartupMemoryHigh StartupMemoryMax MemorySwapMax StartupMemorySwapMax MemoryZSwapMax "
            + "StartupMemoryZSwapMax MemoryZSwapWriteback MemoryLimit CPUQuotaPeriodSec StartupAllowedCPUs "
            + "AllowedMemoryNodes StartupAllowedMemoryNodes IOReadBandwidthMax IOWriteBandwidthMax IOReadIOPSMax IOWriteIOPSMax "
            + "BlockIOReadBandwidth BlockIOWriteBandwidth ManagedOOMSwap ManagedOOMMemoryPressure ManagedOOMMemoryPressureLimit "
            + "ManagedOOMMemoryPressureDurationSec ManagedOOMPreference StateDirectoryQuota CacheDirectoryQuota LogsDirectoryQuota"),
        .. Group(
            Service,
            Behaviour,
            None,
            NoGroupLimits,
            "CPUWeight StartupCPUWeight CPUShares StartupCPUShares MemoryMin DefaultMemoryMin DefaultStartupMemoryLow MemoryLow "
            + "DefaultMemoryLow StartupMemoryLow IOWeight StartupIOWeight IODeviceWeight IODeviceLatencyTargetSec BlockIOWeight "
            + "StartupBlockIOWeight BlockIODeviceWeight Delegate DelegateSubgroup DisableControllers MemoryPressureWatch "
            + "MemoryPressureThresholdSec CPUPressureWatch CPUPressureThresholdSec IOPressureWatch IOPressureThresholdSec"),
        .. Group(
            Service,
            Cosmetic,
            None,
            "superd's record of each connection has its processor time and bytes",
            "CPUAccounting MemoryAccounting IOAccounting BlockIOAccounting TasksAccounting IPAccounting StateDirectoryAccounting "
            + "CacheDirectoryAccounting LogsDirectoryAccounting"),
        .. Group(
            Service,
            Behaviour,
            None,
            OneProgram,
            "ExecStartPost ExecStop ExecStopPost ExecReload ExecReloadPost"),
        .. Group(
            Service,
            Behaviour,
            None,
            "a program that has ended is started again by the next client, and by nothing else",
            "Restart RestartSec RestartSteps RestartMaxDelaySec RestartMode RestartPreventExitStatus RestartForceExitStatus"),
        .. Group(
            Service,
            Behaviour,
            None,
            "superd takes a program for running as soon as it is executed",
            "Type ExitType PIDFile BusName GuessMainPID NotifyAccess TimeoutStartSec TimeoutStartFailureMode WatchdogSec WatchdogSignal "
            + "RemainAfterExit"),
        .. Group(
            Service,
            Behaviour,
            None,
            TermThenKill,
            "KillSignal RestartKillSignal FinalKillSignal SendSIGKILL SendSIGHUP ReloadSignal TimeoutAbortSec TimeoutStopFailureMode "
            + "RuntimeRandomizedExtraSec"),
        .. Group(Service, Behaviour, "capabilities", "", "AmbientCapabilities"),
        .. Group(Service, Behaviour, None, "systemd ignores it", "Capabilities"),
        .. Group(Service, Behaviour, None, "a program starts with every signal at its default, SIGPIPE too", "IgnoreSIGPIPE"),
        .. Group(
            Service,
            Behaviour,
            None,
            MakeDirectory,
            "RuntimeDirectory RuntimeDirectoryMode RuntimeDirectoryPreserve StateDirectory StateDirectoryMode CacheDirectory "
            + "CacheDirectoryMode LogsDirectory LogsDirectoryMode ConfigurationDirectory ConfigurationDirectoryMode TimeoutCleanSec"),
        .. Group(
            Service,
            Behaviour,
            None,
            NoKey,
            "StartLimitInterval StartLimitBurst StartLimitAction FailureAction RebootArgument PermissionsStartOnly RootDirectoryStartOnly "
            + "NonBlocking FileDescriptorStoreMax FileDescriptorStorePreserve Sockets USBFunctionDescriptors USBFunctionStrings OOMPolicy "
            + "BusPolicy SysVStartPriority RefreshOnReload CoredumpFilter IOSchedulingClass "
            + "IOSchedulingPriority CPUSchedulingPolicy CPUSchedulingPriority CPUSchedulingResetOnFork NUMAPolicy NUMAMask RemoveIPC "
            + "StandardInputText StandardInputData TTYPath TTYReset TTYVHangup TTYVTDisallocate TTYRows TTYColumns TimerSlackNSec "
            + "Personality SetCredential SetCredentialEncrypted ImportCredential "
            + "UtmpIdentifier UtmpMode MemoryKSM MemoryTHP CoredumpReceive"),
        .. Group(
            Service,
            Cosmetic,
            None,
            "superd's log is set in superd.toml",
            "SyslogIdentifier SyslogFacility SyslogLevel SyslogLevelPrefix LogLevelMax LogRateLimitIntervalSec LogRateLimitBurst "
            + "LogExtraFields LogFilterPatterns LogNamespace"),
        .. Group(Service, Cosmetic, None, "it marks what systemd takes for success", "SuccessExitStatus"),
        .. Group(
            Install,
            Cosmetic,
            None,
            "superd starts all its services with itself",
            "Alias WantedBy RequiredBy UpheldBy Also DefaultInstance"),
    ];

    private static readonly Dictionary<(string, string), SystemdDirective> s_byName = Rows.ToDictionary(row => (row.Section, row.Name));
    private static readonly HashSet<string> s_names = [.. Rows.Select(row => row.Name)];

    /// <summary>Whether some section has a directive of that name.</summary>
    public static bool IsKnown(string name) => s_names.Contains(name) || IsCondition(name);

    /// <summary>The row of a directive; null when systemd, as far as it is known here, has no such directive in that section.</summary>
    public static SystemdDirective? Find(string section, string name)
    {
        if (s_byName.TryGetValue((section, name), out SystemdDirective? row))
        {
            return row;
        }

        if (section == Unit && IsCondition(name))
        {
            return new SystemdDirective(section, name, Access, None, Conditions);
        }

        // A socket unit takes the directives of systemd.exec(5) and the like for the commands of its ExecStartPre= and the like.
        return section == Socket && s_byName.ContainsKey((Service, name))
            ? new SystemdDirective(section, name, Cosmetic, None, OwnCommands)
            : null;
    }

    private static bool IsCondition(string name) =>
        name.StartsWith("Condition", StringComparison.Ordinal) || name.StartsWith("Assert", StringComparison.Ordinal);

    private static IEnumerable<SystemdDirective> Group(string section, ImportWeight weight, string here, string note, string names) =>
        names.Split(' ').Select(name => new SystemdDirective(section, name, weight, here, note));
}
