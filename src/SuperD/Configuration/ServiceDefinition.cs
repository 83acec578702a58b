using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>The meaning of a service file: checked, with all defaults resolved. Immutable; a running handler keeps its own.</summary>
/// <remarks>
/// A reload leaves a service alone if its new definition is equal, whatever file it comes from and when. So every property must compare
/// by value.
/// </remarks>
internal sealed record ServiceDefinition
{
    /// <summary>The service's name: its file's name without <c>.toml</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The file it was read from, as shown in messages.</summary>
    public required string SourceFile { get; init; }

    /// <summary>A free text for people, or null. Key <c>description</c>.</summary>
    public string? Description { get; init; }

    /// <summary>False: fully checked, but superd does not listen for it. Key <c>enabled</c>.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The socket addresses in the order written; a dual-stack port is two of them. Key <c>listen</c>.</summary>
    /// <remarks>Empty only with <see cref="TcpMux"/>.</remarks>
    public required ValueArray<ListenAddress> Listen { get; init; }

    /// <summary>The backend to relay to instead of launching a program, or null. Key <c>redirect</c>.</summary>
    public RedirectDefinition? Redirect { get; init; }

    /// <summary>The service superd implements itself instead of launching a program, or null. Key <c>builtin</c>.</summary>
    public Builtin? Builtin { get; init; }

    /// <summary>What superd's page may ask of the console; null for any other service. Key <c>web</c>.</summary>
    public WebDefinition? Web { get; init; }

    /// <summary>Whether clients may reach it through a tcpmux service. Key <c>tcpmux</c>.</summary>
    public bool TcpMux { get; init; }

    /// <summary>The absolute path of the program; empty for a sensor, redirect or builtin. First element of key <c>exec</c>.</summary>
    public required string Executable { get; init; }

    /// <summary>argv[0] of the handler; the last component of the path unless key <c>argv0</c> is set.</summary>
    public required string Argv0 { get; init; }

    /// <summary>argv[1] and on, byte for byte as written: the rest of key <c>exec</c>.</summary>
    public required ValueArray<string> Arguments { get; init; }

    /// <summary>True: the handler gets the listening socket and accepts itself, one handler at a time (inetd). Key <c>wait</c>.</summary>
    public bool Wait { get; init; }

    /// <summary>The process attributes of the handler.</summary>
    public required ProcessDefinition Process { get; init; }

    /// <summary>What holds the handler besides its user; null for nothing. Key <c>sandbox</c>.</summary>
    public SandboxDefinition? Sandbox { get; init; }

    /// <summary>What its handlers may use; null for no limit. Keys <c>limit</c>, <c>limit_total</c>.</summary>
    public LimitsDefinition? Limits { get; init; }

    /// <summary>The most handlers alive at once, 1 or more. Key <c>instances</c>.</summary>
    /// <remarks>Null = unlimited, xinetd's default. A redirect, a TCP builtin and a per-peer UDP service always have a limit.</remarks>
    public int? Instances { get; init; }

    /// <summary>What happens to a connection beyond <see cref="Instances"/>. Key <c>when_full</c>.</summary>
    public WhenFull WhenFull { get; init; } = WhenFull.Refuse;

    /// <summary>This definition as each rule of <c>match</c> changes it; null for a rule that changes nothing. Key <c>match</c>.</summary>
    /// <remarks>The clients of a rule are at the same index in <see cref="AdmissionDefinition.Match"/>.</remarks>
    public ValueArray<ServiceDefinition?> Variants { get; init; } = [];

    /// <summary>Which clients are admitted, when, and how many.</summary>
    public AdmissionDefinition Admission { get; init; } = new();

    /// <summary>The time between TERM and KILL when superd ends a handler. Key <c>stop_grace</c>.</summary>
    public TimeSpan StopGrace { get; init; } = DefaultStopGrace;

    /// <summary>How long a connection may transfer no byte, or a UDP peer send nothing; null = no limit. Key <c>idle_timeout</c>.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>
    /// How long a handler may go on after its client has ended its side of the connection; null = no limit. Key <c>gone_timeout</c>.
    /// </summary>
    public TimeSpan? GoneTimeout { get; init; }

    /// <summary>The level of the record of a handler that exits with a status other than 0. Key <c>log_exit</c>.</summary>
    public LogLevel LogExit { get; init; } = LogLevel.Information;

    /// <summary>The text for every client, right after accept; null = none. Key <c>banner</c>.</summary>
    public BannerDefinition? Banner { get; init; }

    /// <summary>The text for an admitted client, before the handler starts; null = none. Key <c>banner_success</c>.</summary>
    public BannerDefinition? BannerSuccess { get; init; }

    /// <summary>The text for a refused client; null = none, the connection is closed at once. Key <c>banner_fail</c>.</summary>
    public BannerDefinition? BannerFail { get; init; }

    /// <summary>The length of the kernel's accept queue, which the kernel caps at net.core.somaxconn. Key <c>backlog</c>.</summary>
    public int Backlog { get; init; } = DefaultBacklog;

    /// <summary>TCP_NODELAY on accepted connections. Key <c>nodelay</c>.</summary>
    public bool NoDelay { get; init; }

    /// <summary>SO_KEEPALIVE on accepted connections, and on those to a backend; null = off. Key <c>keepalive</c>.</summary>
    public TcpKeepAlive? KeepAlive { get; init; } = TcpKeepAlive.Default;

    /// <summary>TCP_USER_TIMEOUT of the same connections; null = the kernel's rules. Key <c>user_timeout</c>.</summary>
    public TimeSpan? UserTimeout { get; init; }

    /// <summary>The same as setsockopt(2) takes it; 0 for the kernel's rules.</summary>
    public int UserTimeoutMs => (int)(UserTimeout?.TotalMilliseconds ?? 0);

    /// <summary>The longest run time of a handler; null = unlimited. Key <c>run_timeout</c>.</summary>
    public TimeSpan? RunTimeout { get; init; }

    /// <summary>The longest wait for a client's first byte; null = unlimited. Key <c>first_byte_timeout</c>.</summary>
    public TimeSpan? FirstByteTimeout { get; init; }

    /// <summary>Whether superd ends the processes a handler leaves behind. Key <c>orphans</c>; default kill, keep with wait.</summary>
    public bool EndsOrphans { get; init; } = true;

    /// <summary>How a connection is closed after its handler has exited. Key <c>close</c>.</summary>
    public CloseMode Close { get; init; } = CloseMode.Graceful;

    /// <summary>The permissions of a socket file, 0 to 0777: a user who may write to it may connect. Key <c>socket_mode</c>.</summary>
    public int SocketMode { get; init; } = DefaultSocketMode;

    /// <summary>The owner and group of a socket file; null = superd's own. Key <c>socket_owner</c>.</summary>
    public SocketOwner? SocketOwner { get; init; }

    /// <summary>The service that a builtin <c>agent</c> tells of; null = superd as a whole. Key <c>agent_for</c>.</summary>
    public string? AgentFor { get; init; }

    /// <summary>True for a UDP service.</summary>
    public bool IsDatagrams => Listen is [{ Transport: Transport.Udp }, ..];

    /// <summary>True when each peer's datagrams go to its own handler: UDP without wait and without a builtin.</summary>
    public bool IsPerPeer => !Wait && Builtin is null && IsDatagrams;

    /// <summary>True when it reports on superd itself: it is for those who watch superd, and goes on when superd is drained.</summary>
    public bool IsReport =>
        Web is not null || Builtin is Configuration.Builtin.Health or Configuration.Builtin.Metrics or Configuration.Builtin.Agent;

    /// <summary>The definition of a service that is no longer configured but still has connections; only its name is known.</summary>
    public static ServiceDefinition Retired(string name) => new()
    {
        Name = name,
        SourceFile = string.Empty,
        Enabled = false,
        Listen = [],
        Executable = string.Empty,
        Argv0 = string.Empty,
        Arguments = [],
        Process = new ProcessDefinition { Environment = [] },
    };

    /// <summary>Enough for a handler to say goodbye to its client.</summary>
    public static readonly TimeSpan DefaultStopGrace = TimeSpan.FromSeconds(5);

    /// <summary>Owner and group may connect: unlike a port, a file carries its own access rights.</summary>
    public const int DefaultSocketMode = 0b110_110_000;

    /// <summary>The default for the peers of a UDP service. There is a limit because a sender's address is easily forged.</summary>
    public const int DefaultPeers = 100;

    /// <summary>The default for the connections of a redirect or builtin service, which cost superd descriptors but no process.</summary>
    public const int DefaultConnections = 1000;

    /// <summary>Twice as long as most clients keep retransmitting.</summary>
    public static readonly TimeSpan DefaultPeerIdleTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Linux's somaxconn since 5.4; listen(2) caps it at the machine's setting.</summary>
    public const int DefaultBacklog = 4096;
}

/// <summary>What happens when all <c>instances</c> of a service are in use.</summary>
internal enum WhenFull
{
    /// <summary>The connection is accepted and closed at once, with a <c>refuse</c> line.</summary>
    Refuse,

    /// <summary>superd stops accepting, and clients wait in order in the kernel's queue.</summary>
    Queue,
}

/// <summary>How a TCP connection is closed after its handler has exited.</summary>
[JsonConverter(typeof(EnumByName<CloseMode>))]
internal enum CloseMode
{
    /// <summary>superd shuts down the stream and discards what the client still sends, so that a reset never loses the reply.</summary>
    Graceful,

    /// <summary>The handler's exit closes it: superd keeps no descriptor, and the client sees the end at once.</summary>
    Immediate,
}

/// <summary>What happens to the processes a handler leaves behind.</summary>
internal enum OrphanMode
{
    /// <summary>superd ends them.</summary>
    Kill,

    /// <summary>They keep running, as those of sshd and of daemonizing programs must.</summary>
    Keep,
}

/// <summary>The process attributes of a handler, in force before its first instruction.</summary>
internal sealed record ProcessDefinition
{
    /// <summary>The identity of the handler; null = superd's own. Keys <c>user</c>, <c>group</c>, <c>groups</c>.</summary>
    public Credentials? Credentials { get; init; }

    /// <summary>
    /// The users of which each connection gets one of its own; null for a fixed user. <see cref="Credentials"/> then has the first of them,
    /// which may do what each of them may. Key <c>user = "dynamic"</c>.
    /// </summary>
    public DynamicUserDefinition? DynamicUser { get; init; }

    /// <summary>The user it runs as; null if that differs from connection to connection.</summary>
    public uint? FixedUserId => DynamicUser is null ? UserId : null;

    /// <summary>The user it runs as, or one with the same rights.</summary>
    public uint UserId => Credentials?.UserId ?? UnixSocket.OwnUserId;

    /// <summary>The name written as <c>user</c>, to look up again when the machine's users change; null for a number or no user.</summary>
    public string? UserName { get; init; }

    /// <summary>
    /// The capabilities it has, all of them, and the bounding set of its descendants; null = what its user has. Key <c>capabilities</c>.
    /// </summary>
    public CapabilitySet? Capabilities { get; init; }

    /// <summary>The file mode creation mask, 0 to 0777; default 022. Key <c>umask</c>.</summary>
    public int Umask { get; init; } = DefaultUmask;

    /// <summary>The absolute nice value, -20 to 19; null = superd's own. Key <c>nice</c>.</summary>
    public int? Nice { get; init; }

    /// <summary>The <see cref="OomScore"/>; null = superd's own, or 0 if that is negative. Key <c>oom_score_adj</c>.</summary>
    public int? OomScoreAdjustment { get; init; }

    /// <summary>The processors it may run on; null = superd's own. Key <c>cpu_affinity</c>.</summary>
    public ProcessorSet? Affinity { get; init; }

    /// <summary>The working directory, inside <see cref="Chroot"/> if that is set; default <c>/</c>. Key <c>directory</c>.</summary>
    public string Directory { get; init; } = "/";

    /// <summary>The new root, or null. The <see cref="ServiceDefinition.Executable"/> is then inside it. Key <c>chroot</c>.</summary>
    public string? Chroot { get; init; }

    /// <summary>
    /// The variables of the service: PATH, <c>login_env</c>, <c>pass_env</c>, <c>env</c>; each name once, the last one has won.
    /// </summary>
    public required ValueArray<EnvironmentVariable> Environment { get; init; }

    /// <summary>The limits to set; others stay superd's own, but the soft NOFILE is that of superd's start. Key <c>rlimit</c>.</summary>
    public ValueArray<ResourceLimit> Limits { get; init; } = [];

    /// <summary>The target of descriptor 2. Key <c>stderr</c>.</summary>
    public StderrTarget Stderr { get; init; } = StderrTarget.Log;

    /// <summary>022, as login(1) sets it: only the owner may write.</summary>
    public const int DefaultUmask = 0b000_010_010;
}

/// <summary>Where the users of <c>user = "dynamic"</c> come from.</summary>
/// <param name="Range">Key <c>dynamic_users</c> of superd.toml, or what takes its place.</param>
/// <param name="HasOwnGroup">Whether the group has the number of the user; false when <c>group</c> is written.</param>
/// <param name="IsSubordinate">Whether superd has them by subuid(5) alone, see <see cref="UserNamespace"/>.</param>
internal sealed record DynamicUserDefinition(UserRange Range, bool HasOwnGroup, bool IsSubordinate)
{
    /// <summary>The word in place of a user's name.</summary>
    public const string Word = "dynamic";

    /// <summary>systemd's range for DynamicUser=, which no other users of a machine are in.</summary>
    public static readonly UserRange DefaultRange = new(61184, 65519);
}

/// <summary>A variable of a handler's environment.</summary>
internal readonly record struct EnvironmentVariable(string Name, string Value);

/// <summary>The target of a handler's stderr.</summary>
internal enum StderrTarget
{
    /// <summary>Each line becomes a log line with the connection's id.</summary>
    Log,

    /// <summary>The client's socket, as in inetd and xinetd.</summary>
    Socket,

    /// <summary>/dev/null.</summary>
    Null,
}
