using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>What a service file means: checked, with all defaults resolved. Immutable; a running handler keeps the one it was started with.</summary>
/// <remarks>Two are equal when they say the same, whatever files they were read from and when: a reload leaves what is equal alone. So every property, down to the last, is compared by value.</remarks>
internal sealed record ServiceDefinition
{
    /// <summary>The service's name: its file's name without <c>.toml</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The file it was read from, as shown in messages.</summary>
    public required string SourceFile { get; init; }

    /// <summary>Free text for people; null when not written. Key <c>description</c>.</summary>
    public string? Description { get; init; }

    /// <summary>False: fully checked but not listened for. Key <c>enabled</c>.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Every socket address to listen on, in the order written, a dual-stack port already split in two. At least one, but with <see cref="TcpMux"/>. Key <c>listen</c>.</summary>
    public required ValueArray<ListenAddress> Listen { get; init; }

    /// <summary>The backend to relay to instead of launching a program; null = connections are not passed on. Key <c>redirect</c>.</summary>
    public RedirectDefinition? Redirect { get; init; }

    /// <summary>What superd serves itself, with nothing to execute; null = a program is executed. Key <c>builtin</c>.</summary>
    public Builtin? Builtin { get; init; }

    /// <summary>Whether clients of a tcpmux service may ask for this one. Key <c>tcpmux</c>.</summary>
    public bool TcpMux { get; init; }

    /// <summary>The program to execute: an absolute path; empty for a service that launches nothing (a sensor, a redirect, a builtin). First element of key <c>exec</c>.</summary>
    public required string Executable { get; init; }

    /// <summary>argv[0] of the handler; the path's last part unless key <c>argv0</c> says otherwise.</summary>
    public required string Argv0 { get; init; }

    /// <summary>argv[1] and on. The rest of key <c>exec</c>, byte for byte as written.</summary>
    public required ValueArray<string> Arguments { get; init; }

    /// <summary>True: the handler gets the listening socket and accepts by itself, one handler at a time (inetd's wait). Key <c>wait</c>.</summary>
    public bool Wait { get; init; }

    /// <summary>Everything the process gets before its first instruction.</summary>
    public required ProcessDefinition Process { get; init; }

    /// <summary>Most handlers of this service alive at once, 1 or more; null = unlimited (xinetd's default), but of a redirect or builtin service. Key <c>instances</c>.</summary>
    public int? Instances { get; init; }

    /// <summary>What happens to a connection beyond <see cref="Instances"/>. Key <c>when_full</c>.</summary>
    public WhenFull WhenFull { get; init; } = WhenFull.Refuse;

    /// <summary>Who may use it, when, and how much.</summary>
    public AdmissionDefinition Admission { get; init; } = new();

    /// <summary>Time between TERM and KILL when superd ends a handler. Key <c>stop_grace</c>.</summary>
    public TimeSpan StopGrace { get; init; } = DefaultStopGrace;

    /// <summary>How long a connection may stand with no byte moving, or a peer of datagrams send nothing; null = for ever. Key <c>idle_timeout</c>; see there for which services.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>What every client is told first of all, right after accept; null = nothing. Key <c>banner</c>.</summary>
    public BannerDefinition? Banner { get; init; }

    /// <summary>What a client is told after all checks, before the handler starts; null = nothing. Key <c>banner_success</c>.</summary>
    public BannerDefinition? BannerSuccess { get; init; }

    /// <summary>What a refused client is told; null = nothing: it is closed at once. Key <c>banner_fail</c>.</summary>
    public BannerDefinition? BannerFail { get; init; }

    /// <summary>Length of the kernel's queue of connections not yet accepted; the kernel caps it at net.core.somaxconn. Key <c>backlog</c>.</summary>
    public int Backlog { get; init; } = DefaultBacklog;

    /// <summary>TCP_NODELAY on accepted connections. Key <c>nodelay</c>.</summary>
    public bool NoDelay { get; init; }

    /// <summary>SO_KEEPALIVE on accepted connections, probing after 60 s idle, every 10 s, 6 times. Key <c>keepalive</c>.</summary>
    public bool KeepAlive { get; init; } = true;

    /// <summary>Longest life of a handler; null = unlimited. Key <c>run_timeout</c>.</summary>
    public TimeSpan? RunTimeout { get; init; }

    /// <summary>Longest wait for a client's first byte; null = unlimited. Key <c>first_byte_timeout</c>.</summary>
    public TimeSpan? FirstByteTimeout { get; init; }

    /// <summary>Whether what a handler leaves behind is ended with it. Key <c>orphans</c>; kill, but keep for a wait service.</summary>
    public bool EndsOrphans { get; init; } = true;

    /// <summary>How a connection is closed when its handler is gone. Key <c>close</c>.</summary>
    public CloseMode Close { get; init; } = CloseMode.Graceful;

    /// <summary>Permissions of a socket file, 0 to 0777: who may write to it may connect. Key <c>socket_mode</c>.</summary>
    public int SocketMode { get; init; } = DefaultSocketMode;

    /// <summary>Whom a socket file is given to; null = superd's own user and group. Key <c>socket_owner</c>.</summary>
    public SocketOwner? SocketOwner { get; init; }

    /// <summary>True when datagrams come, instead of connections.</summary>
    public bool IsDatagrams => Listen is [{ Transport: Transport.Udp }, ..];

    /// <summary>True when each peer's datagrams go to a handler of its own: UDP without wait, and no builtin, which answers each datagram by itself.</summary>
    public bool IsPerPeer => !Wait && Builtin is null && IsDatagrams;

    /// <summary>A service of which no more is known than its name: it is in the configuration no more, and connections of it live.</summary>
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

    /// <summary>The owner and the group, nobody else: unlike a port, a file says by itself whom it is for.</summary>
    public const int DefaultSocketMode = 0b110_110_000;

    /// <summary>Peers of a datagram service served at once. A sender's address is easily made up, so there is a bound where nobody wrote one.</summary>
    public const int DefaultPeers = 100;

    /// <summary>Connections of a redirect or builtin service served at once. They cost superd itself descriptors and no process, so there is a bound where nobody wrote one.</summary>
    public const int DefaultConnections = 1000;

    /// <summary>Twice what most clients go on retransmitting for.</summary>
    public static readonly TimeSpan DefaultPeerIdleTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Linux' own somaxconn since 5.4; listen(2) caps it by the machine's setting.</summary>
    public const int DefaultBacklog = 4096;
}

/// <summary>What happens when all <c>instances</c> of a service are in use.</summary>
internal enum WhenFull
{
    /// <summary>The connection is accepted and closed at once, with a <c>refuse</c> line.</summary>
    Refuse,

    /// <summary>superd stops accepting; clients wait in the kernel's backlog, in their order.</summary>
    Queue,
}

/// <summary>How a TCP connection is closed when its handler is gone.</summary>
internal enum CloseMode
{
    /// <summary>superd ends the stream and throws away what the client still sends, so that the reply is never lost to a reset.</summary>
    Graceful,

    /// <summary>The handler's own exit closes it: superd keeps no descriptor, and the client sees the end as soon as the handler closes.</summary>
    Immediate,
}

/// <summary>What becomes of the processes a handler leaves behind.</summary>
internal enum OrphanMode
{
    /// <summary>They are ended with it.</summary>
    Kill,

    /// <summary>They live on, as those of sshd and of programs that become daemons must.</summary>
    Keep,
}

/// <summary>The process attributes of a handler, in force before its first instruction.</summary>
internal sealed record ProcessDefinition
{
    /// <summary>Who the handler runs as; null = as superd itself. Keys <c>user</c>, <c>group</c>, <c>groups</c>.</summary>
    public Credentials? Credentials { get; init; }

    /// <summary>The name written as <c>user</c>, to be looked up again when the machine's users change; null when a number or nothing was written.</summary>
    public string? UserName { get; init; }

    /// <summary>File mode creation mask, 0 to 0777. Key <c>umask</c>; default 022.</summary>
    public int Umask { get; init; } = DefaultUmask;

    /// <summary>Absolute nice value, -20 to 19; null = superd's own. Key <c>nice</c>.</summary>
    public int? Nice { get; init; }

    /// <summary>The <see cref="OomScore"/>, -1000 to 1000; null = superd's own, but 0 where that is negative. Key <c>oom_score_adj</c>.</summary>
    public int? OomScoreAdjustment { get; init; }

    /// <summary>The processors it may run on; null = those of superd itself. Key <c>cpu_affinity</c>.</summary>
    public ProcessorSet? Affinity { get; init; }

    /// <summary>Working directory, inside <see cref="Chroot"/> when that is set. Key <c>directory</c>; default <c>/</c>.</summary>
    public string Directory { get; init; } = "/";

    /// <summary>New root directory; null = none. Then <see cref="ServiceDefinition.Executable"/> is a path inside it. Key <c>chroot</c>.</summary>
    public string? Chroot { get; init; }

    /// <summary>The environment that does not depend on the connection: PATH, <c>pass_env</c>, <c>env</c> (later wins), as NAME and value.</summary>
    public required ValueArray<EnvironmentVariable> Environment { get; init; }

    /// <summary>Resource limits to set; others are superd's own, but the soft NOFILE is the one superd was started with. Key <c>rlimit</c>.</summary>
    public ValueArray<ResourceLimit> Limits { get; init; } = [];

    /// <summary>Where fd 2 goes. Key <c>stderr</c>.</summary>
    public StderrTarget Stderr { get; init; } = StderrTarget.Log;

    /// <summary>Others may read, the owner alone may write: 022, as login(1) sets it.</summary>
    public const int DefaultUmask = 0b000_010_010;
}

/// <summary>A variable of a handler's environment.</summary>
internal readonly record struct EnvironmentVariable(string Name, string Value);

/// <summary>Where a handler's stderr goes.</summary>
internal enum StderrTarget
{
    /// <summary>Each line becomes a log line with the connection's id.</summary>
    Log,

    /// <summary>To the client, as inetd and xinetd do.</summary>
    Socket,

    /// <summary>Thrown away.</summary>
    Null,
}
