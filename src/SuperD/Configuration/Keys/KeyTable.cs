using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using SuperD.Configuration.Values;
using SuperD.Linux;

namespace SuperD.Configuration.Keys;

/// <summary>
/// Every key of superd, one row each. The same rows read the files, find the nearest name for a mistyped key, and print the reference
/// and the manual pages.
/// </summary>
/// <remarks>
/// A new key is one row here, one property in its XConfig and, if it interacts with other keys, a rule in Rules/. The row's kind says where
/// the key may stand: Service (a service file only), Shared (there and in [defaults]), Server, Log, Control, Limit. The rows are in the
/// order of the reference.
/// </remarks>
internal static class KeyTable
{
    private const string Inherit = "superd's own";

    /// <summary>Filled by the rows, so it comes before them.</summary>
    private static readonly Dictionary<Resource, string> s_limitNames = [];

    public static readonly ImmutableArray<Key> Rows =
    [
        Service("listen", new ListForm<ListenConfig>(new ListenForm(), "addresses", oneAlone: true), "9003", "",
            "Where the service listens. A port (9003) means all addresses, IPv4 and IPv6. \"127.0.0.1:9003\" and \"[::1]:9003\" name one "
            + "address, \"localhost:9003\" both of these; \":http\" and \"127.0.0.1:http\" take the port from /etc/services; \"tcp://\" "
            + "may stand before each of them. Port 0 lets the kernel choose one (IPv4 only when it stands alone). An array lists several "
            + "addresses. \"udp://:69\" receives datagrams: with wait = true the program gets the socket and all datagrams; without it "
            + "each peer has a program and a connected socket of its own, for which superd needs root or CAP_NET_RAW; a builtin answers "
            + "datagrams with builtin_udp = true. \"unix:/run/han.sock\" is a Unix-domain socket (a relative path starts at the "
            + "directory of the service file), \"unix:@han\" one in the abstract namespace. Required unless tcpmux is true.",
            (config, value) => config.Listen = value),
        Service("exec", new ExecForm(), "\"/usr/bin/cat\"", "",
            "The program to run for each connection, or an array of the program and its arguments. There is no shell, no splitting at "
            + "spaces and no search in PATH. A relative path starts at the directory of the service file; with chroot the path must be "
            + "absolute, inside the new root. In an argument {peer_addr}, {peer_port}, {local_addr}, {local_port}, {service} and {conn} "
            + "are replaced by those of the connection, and it stays one argument; any other text in braces stays as it is written, and "
            + "so does ${service}. A service has exactly one of exec, builtin, redirect and sensor.",
            (config, value) => config.Exec = value),
        Service("match", new ListForm<MatchConfig>(new MatchForm(), "tables", oneAlone: true),
            "[{ from = \"10.0.0.0/8\", env = { RELAYCLIENT = \"\" } }]", "none",
            "Other variables, or another program, for some clients. Each rule has from, written like only_from, and env, exec or both: env "
            + "is added to that of the service and overrides it, exec replaces that of the service with its arguments. The first rule that "
            + "has the client decides, and no other; one with from alone leaves all as it is. Behind a proxy it is the client that the "
            + "header names. 'superd why' shows the rule of a client. It admits and refuses nobody.",
            (config, value) => config.Match = value, needsProgram: true),
        Service("redirect", new RedirectForm(), "\"db.example:5432\"", "",
            "Passes every connection on to this address, \"HOST:PORT\" or \"unix:PATH\" (\"unix:@NAME\" for an abstract socket), instead "
            + "of running a program. Each direction is closed by itself, so half-closed connections work. A name is looked up again when "
            + "the last answer is 30 seconds old; of several addresses the first that answers is taken. The address may belong to another "
            + "service of superd, but a connection that reaches the same service a second time is refused (reason=loop).",
            (config, value) => config.Redirect = value),
        Service("proxy_out", new ChoiceForm<ProxyVersion>(("v1", ProxyVersion.V1), ("v2", ProxyVersion.V2)), "\"v2\"", "none",
            "With redirect: sends the backend a PROXY protocol header of this version, which names the client, before the client's first "
            + "byte. The backend must expect it.",
            (config, value) => config.ProxyOut = value),
        Service("proxy_in", AccessItemForm.List, "[\"10.0.0.0/8\"]", "none",
            "The proxies in front of the service, written like only_from. Only they may connect, and each connection must begin with a "
            + "header of the PROXY protocol, v1 or v2, within 5 seconds. The client named in the header is the one that superd checks, "
            + "logs and names to the program. A proxy that connects on its own behalf (LOCAL, UNKNOWN) is treated as the client.",
            (config, value) => config.ProxyIn = value),
        Service("builtin", new ChoiceForm<Builtin>(("echo", Builtin.Echo), ("discard", Builtin.Discard), ("daytime", Builtin.Daytime),
                ("time", Builtin.Time), ("chargen", Builtin.Chargen), ("qotd", Builtin.Qotd), ("status", Builtin.Status),
                ("tcpmux", Builtin.TcpMux), ("health", Builtin.Health), ("metrics", Builtin.Metrics), ("agent", Builtin.Agent),
                ("web", Builtin.Web)),
            "\"daytime\"", "",
            "A service that superd provides itself, without a program: echo, discard, daytime, time, chargen and qotd (RFC 862, 863, 867, "
            + "868, 864 and 865); status, which lists the services and their states, one per line; tcpmux (RFC 1078), where the client "
            + "asks for a service by name. Three tell of superd itself, and a port alone in listen means localhost for them: health has "
            + "HTTP pages /live, /ready and /ready/SERVICE with 200 or 503; metrics has /metrics for Prometheus; agent is the "
            + "agent-check of HAProxy, see agent_for. The limits apply as they do to programs. web is superd's page for browsers, which a "
            + "process of its own serves while somebody looks; there a port alone means 127.0.0.1.",
            (config, value) => config.Builtin = value),
        Service("web", new WebForm(), "{ write = \"web.token\", hosts = [\"superd.example.org\"] }", "it only looks",
            "With builtin = \"web\": write is a file with a token, for which the page also ends connections, pauses and drains services "
            + "and reloads; only superd's user may read the file. hosts are the names by which browsers reach the page through a "
            + "proxy, beside localhost, 127.0.0.1 and [::1]; a request for any other is refused.",
            (config, value) => config.Web = value),
        Service("builtin_udp", new FlagForm(), "true", "false",
            "true: the builtin answers datagrams, at the udp:// addresses of listen. A datagram's sender can be forged, and the "
            + "answer goes to the forged address. Therefore superd never answers to ports below 1024, to its own ports or to broadcasts, "
            + "and unless rate and per_source_rate are written they are \"100/s\" and \"10/s\". A datagram above the rate gets no answer.",
            (config, value) => config.BuiltinUdp = value),
        Service("agent_for", new TextForm("service", mayBeEmpty: false), "\"han\"", "superd as a whole",
            "With builtin = \"agent\": the service whose state and free places it tells, in one line: \"ready up 75%\"; \"drain\" for "
            + "one that is drained, and for all in a lame duck; \"maint\" for a paused one; \"down\" for one that is not served.",
            (config, value) => config.AgentFor = value),
        Service("tcpmux", new FlagForm(), "true", "false",
            "true: a client of a tcpmux service may ask for this service by name; this service's own limits and access rules apply. listen "
            + "is then optional.",
            (config, value) => config.TcpMux = value),
        Service("argv0", new TextForm("string", mayBeEmpty: true), "\"cat\"", "the program's file name",
            "The program's argument 0: the name it sees itself called by.",
            (config, value) => config.Argv0 = value, needsProgram: true),
        Service("description", new TextForm("string", mayBeEmpty: true), "\"a greeting\"", "",
            "Free text for people.",
            (config, value) => config.Description = value),
        Service("enabled", new FlagForm(), "true", "true",
            "false: superd checks the file but does not listen.",
            (config, value) => config.Enabled = value),
        Service("wait", new FlagForm(), "false", "false",
            "true: the program gets the listening socket itself, as fd 0 and as fd 3 with LISTEN_FDS, and accepts connections; one program "
            + "runs at a time (inetd's wait). Over UDP it gets the bound socket.",
            (config, value) => config.Wait = value, needsProgram: true),
        Service("socket_mode", new ModeForm("mode"), "\"0660\"", "\"0660\"",
            "The permissions of a Unix-domain socket's file, as octal digits in quotes: a user who may write to the file may connect. An "
            + "abstract socket has no permissions: any process in the same network namespace may connect.",
            (config, value) => config.SocketMode = value),
        Service("socket_owner", new SocketOwnerForm(), "\"www-data:www-data\"", Inherit,
            "The owner of a Unix-domain socket's file: \"user\", \"user:group\" or \":group\", by name or number.",
            (config, value) => config.SocketOwner = value),

        Shared("user", new PrincipalForm("user"), "\"nobody\"", Inherit,
            "The user the program runs as, by name or number. A number without an entry in passwd needs group too. \"dynamic\": each "
            + "connection gets a user and a group of its own from dynamic_users of superd.toml, so that no program of the service can "
            + "signal, trace or read another's; superd must be root, or its user must have ids in /etc/subuid and /etc/subgid. What it "
            + "leaves in /tmp, /var/tmp, /dev/shm and in System V's memory is removed before another connection gets the same user.",
            (config, value) => config.User = value, needsProgram: true),
        Shared("group", new PrincipalForm("group"), "\"nogroup\"", "the user's own",
            "The group the program runs as, by name or number.",
            (config, value) => config.Group = value, needsProgram: true),
        Shared("groups", new ListForm<Principal>(new PrincipalForm("group"), "names or ids"), "[\"adm\"]", "the user's own",
            "The program's supplementary groups, all of them; [] for none.",
            (config, value) => config.Groups = value, needsProgram: true),
        Shared("capabilities", new ListForm<CapabilitySet>(new CapabilityForm(), "names", oneAlone: true, mayBeEmpty: true),
            "[\"net_bind_service\"]", "what its user has",
            "The capabilities of the program, all of them, by their names in capabilities(7) with or without CAP_: [] for none, for root "
            + "too. Neither it nor a program that it starts, set-user-id or not, can have others. superd must have them itself.",
            (config, value) => config.Capabilities = value, needsProgram: true),
        Shared("umask", new ModeForm("mask"), "\"022\"", "\"022\"",
            "The file mode creation mask, as octal digits in quotes. An integer is read as TOML reads it, so 0o022 is right and 22 is not.",
            (config, value) => config.Umask = value, needsProgram: true),
        Shared("nice", new IntegerForm(-20, 19), "5", Inherit,
            "The scheduling priority, from -20 (highest) to 19 (lowest).",
            (config, value) => config.Nice = value, needsProgram: true),
        Shared("oom_score_adj", new IntegerForm(OomScore.Lowest, OomScore.Highest), "500", "superd's own, at least 0",
            "How soon the kernel kills the program when memory runs out, from -1000 (never) to 1000 (first). A value below superd's own "
            + "needs root or CAP_SYS_RESOURCE. A value other than superd's own costs each launch about a quarter of a millisecond.",
            (config, value) => config.OomScoreAdjustment = value, needsProgram: true),
        Shared("cpu_affinity", new ProcessorSetForm(), "\"0-3,8\"", Inherit,
            "The processors the program may run on: numbers and ranges, separated by commas. Processors that the machine does not have, or "
            + "that superd may not use, are left out; at least one must remain.",
            (config, value) => config.Affinity = value, needsProgram: true),
        Shared("directory", new TextForm("path", mayBeEmpty: false), "\"/srv\"", "\"/\"",
            "The working directory. A relative path starts at the directory of the file it is written in; with chroot the path must be "
            + "absolute, inside the new root.",
            (config, value) => config.Directory = value, needsProgram: true),
        Shared("chroot", new TextForm("path", mayBeEmpty: false), "\"/srv/jail\"", "none",
            "The directory that becomes the program's root directory. A relative path starts at the directory of the file it is written "
            + "in.",
            (config, value) => config.Chroot = value, needsProgram: true),
        Shared("env", new EnvironmentForm(), "{ LANG = \"C.UTF-8\" }", "PATH, see also login_env",
            "Environment variables, as a table of strings. Those of a service are added to those of [defaults] and override them. The "
            + "placeholders of exec work in their values too.",
            (config, value) => config.Environment = value, needsProgram: true),
        Shared("pass_env", new ListForm<string>(new VariableNameForm(), "names"), "[\"TZ\"]", "none",
            "Names of variables to copy from superd's own environment, if they are set there. env overrides them.",
            (config, value) => config.PassEnvironment = value, needsProgram: true),
        Shared("login_env", new FlagForm(), "false", "true",
            "true: with user, here or in [defaults], the program gets HOME, USER, LOGNAME and SHELL of that user from passwd, as of the "
            + "last time the configuration was read. pass_env and env override them.",
            (config, value) => config.LoginEnvironment = value, needsProgram: true),
        new TableKey("rlimit", KeyPlaces.Service | KeyPlaces.Defaults, KeyPlaces.Limits, "{ nofile = 1024 }",
            "Resource limits of each process (setrlimit). One value sets the soft and the hard limit, \"soft:hard\" sets each of them, "
            + "\"unlimited\" removes the limit. Those of a service are added to those of [defaults] and override them.",
            config => config, needsProgram: true),
        Limit("as", Resource.AddressSpace, LimitUnit.Bytes, "\"512M\"", "Address space."),
        Limit("core", Resource.Core, LimitUnit.Bytes, "0", "Size of a core dump."),
        Limit("cpu", Resource.Cpu, LimitUnit.Seconds, "\"10s\"",
            "Processor time; at the soft limit the process gets SIGXCPU, at the hard limit SIGKILL."),
        Limit("data", Resource.Data, LimitUnit.Bytes, "\"256M\"", "Heap and writable data."),
        Limit("fsize", Resource.FileSize, LimitUnit.Bytes, "\"100M\"", "Size of a file that it writes."),
        Limit("memlock", Resource.LockedMemory, LimitUnit.Bytes, "\"64K\"", "Memory locked in RAM."),
        Limit("nofile", Resource.OpenFiles, LimitUnit.Count, "1024", "Open file descriptors."),
        Limit("nproc", Resource.Processes, LimitUnit.Count, "\"100:200\"", "Processes of its user, counted over the whole machine."),
        Limit("rss", Resource.ResidentSet, LimitUnit.Bytes, "\"128M\"", "Resident memory; Linux does not enforce it."),
        Limit("stack", Resource.Stack, LimitUnit.Bytes, "\"8M:unlimited\"", "Stack of the main thread."),
        Shared("limit", new GroupLimitsForm(), "{ memory = \"64M\", processes = 20, cpu = \"50%\", io = \"10M/s\" }", "unlimited",
            "What the program of each connection may use together with all that it starts, kept by a cgroup (v2). memory: above it the "
            + "whole group is killed, and the record has reason=memory; page cache counts, swap is not used. processes: no more can be "
            + "created; threads count. cpu: processor time, \"100%\" is one processor. io: bytes read from each disk in a second, and as "
            + "many written; what is in memory already costs nothing. \"unlimited\" ends a limit of [defaults]; others of it stay. A "
            + "machine that cannot keep this is an error; see limit_best_effort.",
            (config, value) => config.GroupLimit = value, needsProgram: true),
        Shared("limit_total", new GroupLimitsForm(), "{ memory = \"1G\", processes = 500 }", "unlimited",
            "What all programs of the service may use together, written like limit. A reload puts it into force at once, limit for the "
            + "connections that come then.",
            (config, value) => config.GroupLimitTotal = value, needsProgram: true),
        Shared("limit_best_effort", new FlagForm(), "true", "false",
            "true: the service runs although this machine cannot keep a limit, because cgroup v2 or a controller of it is missing or not "
            + "delegated. A warning and 'superd status SERVICE' name what is missing.",
            (config, value) => config.LimitBestEffort = value, needsProgram: true),
        Shared("sandbox",
            new ChoiceForm<SandboxProfile>(("none", SandboxProfile.None), ("basic", SandboxProfile.Basic),
                ("strict", SandboxProfile.Strict), ("jail", SandboxProfile.Jail)), "\"basic\"", "\"none\"",
            "What holds the program besides its user; it needs no root. \"basic\": it reads and executes the system's own directories "
            + "(/usr, /etc, /opt ...), its own directory and readable; it changes /tmp, /var/tmp, /dev/shm and writable; it gains no "
            + "privilege by set-user-id programs, and calls that only attacks and administration need are denied. \"strict\": it changes "
            + "writable alone, has no network, and makes only calls that ordinary programs make. \"jail\": the same, and it sees "
            + "nothing else: a root directory with those files alone, its own processes, no network interface. 'superd try SERVICE "
            + "--explain' says what a program lacks. A kernel that cannot keep this is an error; see sandbox_best_effort.",
            (config, value) => config.Sandbox = value, needsProgram: true),
        Shared("readable", SandboxPathForm.List, "[\"/srv/han\", \"-/srv/extra\"]", "[]",
            "With sandbox: files and directories that the program may also read and execute, a directory with all that is in it. A "
            + "relative path starts at the directory of the file it is written in; with chroot the path must be absolute, inside the new "
            + "root. A path that does not exist is an error, unless a '-' stands before it.",
            (config, value) => config.Readable = value, needsProgram: true),
        Shared("writable", SandboxPathForm.List, "[\"/var/lib/han\"]", "[]",
            "With sandbox: files and directories that the program may also change; written like readable. The permissions of the files "
            + "still apply.",
            (config, value) => config.Writable = value, needsProgram: true),
        Shared("network", new ChoiceForm<bool>(("on", true), ("off", false)), "\"off\"", "\"on\", or \"off\" by sandbox",
            "With sandbox. \"off\": the program has its client, Unix-domain sockets, and no other network: it can neither open a socket "
            + "nor use its client's for another address. Not over UDP, and not with wait = true.",
            (config, value) => config.Network = value, needsProgram: true),
        Shared("syscalls", new ListForm<string>(new SystemCallForm(), "names", oneAlone: true, mayBeEmpty: true),
            "[\"+ptrace\", \"-@keyring\"]", "[]",
            "With sandbox: corrections of the system calls that it allows: \"+NAME\" allows one, \"-NAME\" denies one, and \"@NAME\" is a "
            + "group by its name in systemd. The last correction of a call counts.",
            (config, value) => config.SystemCalls = value, needsProgram: true),
        Shared("jail", new JailForm(), "{ tmp = \"64M\", bind = { \"/app\" = \"/srv/app\" } }",
            "{ tmp = \"16M\" }",
            "With sandbox = \"jail\": its settings. tmp: the size of the /tmp that each connection has for itself, which is /var/tmp and "
            + "/dev/shm too, and is gone with it; 0 for none. proc: whether there is a /proc, with the connection's own processes "
            + "(true). hostname: what the program sees as the host's name (\"jail\"). devices: device files beside null, zero, full, "
            + "random and urandom. bind: what stands at another path in the jail, read-only. A table replaces that of [defaults] as a "
            + "whole. Without root superd makes jails in user namespaces, and their processes see those of the machine.",
            (config, value) => config.Jail = value, needsProgram: true),
        Shared("sandbox_best_effort", new FlagForm(), "true", "false",
            "true: the service runs although the kernel cannot keep a part of its sandbox; each missing part is a warning, and 'superd "
            + "status SERVICE' shows it. false: that is an error.",
            (config, value) => config.SandboxBestEffort = value, needsProgram: true),
        Shared("stderr",
            new ChoiceForm<StderrTarget>(("log", StderrTarget.Log), ("socket", StderrTarget.Socket), ("null", StderrTarget.Null)),
            "\"log\"", "\"log\"",
            "Where the program's standard error goes: line by line into superd's log, to the client, or nowhere.",
            (config, value) => config.Stderr = value, needsProgram: true),
        Shared("log_exit", new ChoiceForm<LogLevel>(("info", LogLevel.Information), ("warn", LogLevel.Warning)), "\"warn\"", "\"info\"",
            "The level of the end line of a program that ends with a status other than 0. Independently of this key a signal, 126 and 127 "
            + "are warnings, and an end that superd or the client has caused is none.",
            (config, value) => config.LogExit = value, needsProgram: true),

        Shared("instances", new IntegerForm(1), "40", $"unlimited ({ServiceDefinition.DefaultPeers} over UDP)",
            "The largest number of programs of the service that run at the same time, 1 or more. With redirect or builtin it counts "
            + "connections, "
            + $"and the default is {ServiceDefinition.DefaultConnections}.",
            (config, value) => config.Instances = value),
        Shared("when_full", new ChoiceForm<WhenFull>(("refuse", WhenFull.Refuse), ("queue", WhenFull.Queue)), "\"refuse\"", "\"refuse\"",
            "What happens to a connection beyond instances (or beyond max_handlers of superd.toml): it is refused at once, or it waits in "
            + "the kernel's queue.",
            (config, value) => config.WhenFull = value),
        Shared("reserve", new ReserveForm(), "{ slots = 5, from = [\"10.0.0.0/8\"] }", "none",
            "Keeps the last of instances for some clients, so that operators get in when the service is full for others: with instances = "
            + "40 and slots = 5 nobody else gets in when 35 are live (reason=reserve), and those in from, written like only_from, do. It "
            + "admits nobody whom another check refuses, per_source and max_handlers among them. Not with when_full = \"queue\".",
            (config, value) => config.Reserve = value),
        Shared("only_from", AccessItemForm.List, "[\"10.0.0.0/8\", \"2001:db8::/32\"]", "everybody",
            "Who may connect: addresses, ranges in CIDR form, and \"@FILE\" for a file of them, separated by spaces or lines, which superd "
            + "reads again when it changes. [] admits nobody. Among only_from and no_access the longest matching prefix decides; on a tie "
            + "the connection is refused. An IPv4 client always has its IPv4 address, and \"::/0\" means IPv6 only. Names are not looked "
            + "up. A client of a Unix-domain socket has a user in place of an address: \"uid:1000\", \"gid:adm\" (every member of the "
            + "group) or \"uid:*\" (everybody), by name or number; a user is more specific than a group, and a group than everybody.",
            (config, value) => config.OnlyFrom = value),
        Shared("no_access", AccessItemForm.List, "\"@blocked.txt\"", "nobody",
            "Who may not connect; written like only_from.",
            (config, value) => config.NoAccess = value),
        Shared("check_from", AccessItemForm.List, "[\"10.0.0.0/8\"]", "nobody",
            "Whose health checks cost no program; written like only_from. A connection from there that ends without a byte, within 200 ms, "
            + "is closed and counted, and logged at debug only. A program that speaks first starts for these addresses after that time. "
            + "With proxy_in the proxies' own connections (LOCAL, UNKNOWN) are treated so, and clients are not delayed.",
            (config, value) => config.CheckFrom = value),
        Shared("access_times", new ListForm<AccessWindow>(new AccessWindowForm(), "days and times", oneAlone: true),
            "[\"Mon-Fri 08:00-18:00\", \"22:00-06:00\"]", "always",
            "When connections are admitted: in any of these windows, by the clock of time_zone. A window does not include its end, which "
            + "may be 24:00; a window that ends before it starts ends the next day; days alone mean the whole day. Connections that are "
            + "live at the end of a window go on.",
            (config, value) => config.AccessTimes = value),
        Shared("time_zone", new TimeZoneForm(), "\"Europe/Berlin\"", "the machine's",
            "The time zone of access_times, by its name in the zone database.",
            (config, value) => config.TimeZone = value),
        Shared("max_load", new NumberForm(), "8.5", "none",
            "Refuses connections while the load average of the last minute is at least this; superd reads it once a second.",
            (config, value) => config.MaxLoad = value),
        Shared("per_source", new IntegerForm(1), "4", "unlimited",
            "The largest number of programs of the service that run at the same time for one source, 1 or more.",
            (config, value) => config.PerSource = value),
        Shared("source_prefix", new SourcePrefixForm(), "{ v4 = 24, v6 = 56 }", "{ v4 = 32, v6 = 64 }",
            "How many leading bits of an address identify a source, for per_source, per_source_rate, penalty and sensor: addresses that "
            + "share them count as one source. Over a Unix-domain socket each user is a source.",
            (config, value) => config.SourcePrefix = value),
        Shared("rate", new RateForm(), "\"50/s\"", "unlimited",
            "The largest number of connections admitted per s, min, h or d, from all sources together. Connections above the rate are "
            + "refused; the port stays open. The allowance refills steadily: with \"10/min\" one every six seconds. After a rest that many "
            + "may come at once; \"10/min burst 3\" limits this to 3.",
            (config, value) => config.Rate = value),
        Shared("per_source_rate", new RateForm(), "\"10/min burst 3\"", "unlimited",
            "Like rate, for each source by itself.",
            (config, value) => config.PerSourceRate = value),
        Shared("penalty", new PenaltyForm(), "{ signal = \"90s\", exit.77 = \"5s\", timeout = \"20s\" }", "none",
            "How long the service refuses a source after one of its programs ended badly: by a signal (other than PIPE, HUP, INT and "
            + "TERM), with this exit status, or at a time limit. Penalties add up and run down with time; refusals begin at 15 seconds in "
            + "all (min = \"15s\"), and the sum never exceeds 10 minutes (max = \"10m\"). Sources in exempt = [...], written like "
            + "only_from, are never penalised.",
            (config, value) => config.Penalty = value, needsProgram: true),
        Service("sensor", new SensorForm(), "\"10m\"", "",
            "A trap: superd refuses every client at once, and all services refuse that source for this long. { time = \"10m\", exempt = "
            + "[\"10.0.0.0/8\"] } spares some sources, written like only_from.",
            (config, value) => config.Sensor = value),
        Shared("stop_grace", new DurationForm(), "\"5s\"", Quoted(ServiceDefinition.DefaultStopGrace),
            "The time between SIGTERM and SIGKILL when superd ends a program.",
            (config, value) => config.StopGrace = value, needsProgram: true),

        Shared("run_timeout", new DurationForm(), "\"10m\"", "unlimited",
            "Ends a program that runs longer, with every process it started.",
            (config, value) => config.RunTimeout = value, needsProgram: true),
        Shared("first_byte_timeout", new DurationForm(), "\"10s\"", "unlimited",
            "Ends a program whose client has sent nothing for this long after it connected.",
            (config, value) => config.FirstByteTimeout = value, needsProgram: true),
        Shared("idle_timeout", new DurationForm(), "\"10m\"", "unlimited",
            "Ends a connection, and its program, when no byte has moved in either direction for this long. Over UDP without wait it ends a "
            + "program whose peer has sent nothing for this long, and the default is \"1m\".",
            (config, value) => config.IdleTimeout = value),
        Shared("gone_timeout", new DurationForm(), "\"30s\"", "unlimited",
            "Ends a program this long after its client has ended its side of the connection, for programs that overlook the end of their "
            + "input. A client may end its side and still wait for the reply, so choose it longer than a reply takes.",
            (config, value) => config.GoneTimeout = value, needsProgram: true),
        Shared("orphans", new ChoiceForm<OrphanMode>(("kill", OrphanMode.Kill), ("keep", OrphanMode.Keep)), "\"keep\"",
            "\"kill\", with wait \"keep\"",
            "What happens to the processes a program leaves behind when it ends. \"kill\": superd ends them too (TERM, after stop_grace "
            + "KILL), however they hide, and it ends a program whose client is gone. \"keep\": they live on, and so does a program without "
            + "a client.",
            (config, value) => config.Orphans = value, needsProgram: true),
        Shared("close", new ChoiceForm<CloseMode>(("graceful", CloseMode.Graceful), ("immediate", CloseMode.Immediate)), "\"immediate\"",
            "\"graceful\"",
            "How a TCP connection ends after its program. \"graceful\": superd keeps the socket for at most 2 s and 1 MiB of further "
            + "input, so that the reply is not lost although the client sent data that nobody read. \"immediate\": the connection ends "
            + "with the program's own descriptors, for a program that closes its connection and works on.",
            (config, value) => config.Close = value, needsProgram: true),

        Shared("connect_timeout", new DurationForm(), "\"3s\"", Quoted(RedirectDefinition.DefaultConnectTimeout),
            "With redirect: how long the backend may take to answer, including the look-up of its name and all its addresses. Then the "
            + "client's connection is closed.",
            (config, value) => config.ConnectTimeout = value),

        Shared("banner", new BannerForm(ofRefusals: false), "\"Hello {peer}, this is {service}.\\r\\n\"", "none",
            "A text that every client gets right after it connects, before any check: a string with the placeholders {peer} and {service} "
            + "({{ and }} stand for braces), or { file = \"PATH\" }. The same placeholders work in a file, which superd reads again when "
            + "it changes; a relative path starts at the directory of the file it is written in.",
            (config, value) => config.Banner = value),
        Shared("banner_success", new BannerForm(ofRefusals: false), "\"Come in.\\r\\n\"", "none",
            "A text for clients that passed all checks, before the program starts; written like banner.",
            (config, value) => config.BannerSuccess = value),
        Shared("banner_fail", new BannerForm(ofRefusals: true), "\"Not now ({reason}). Try again in {retry_after} s.\\r\\n\"", "none",
            "A text for clients that are refused, before superd closes the connection; written like banner, with two more placeholders: "
            + "{reason}, the word that the log shows, and {retry_after}, a number of seconds.",
            (config, value) => config.BannerFail = value),

        Shared("backlog", new IntegerForm(1), "128", $"{ServiceDefinition.DefaultBacklog}",
            "The largest number of connections that wait in the kernel's queue; the kernel caps it at net.core.somaxconn.",
            (config, value) => config.Backlog = value),
        Shared("nodelay", new FlagForm(), "true", "false",
            "true: small writes are sent at once (TCP_NODELAY).",
            (config, value) => config.NoDelay = value),
        Shared("keepalive", new KeepAliveForm(), "{ idle = \"60s\", interval = \"10s\", probes = 6 }", "true",
            "true: the kernel notices after two minutes that a silent peer is gone (SO_KEEPALIVE): it asks after 60 s of silence (idle), "
            + "then every 10 s (interval), and gives up after 6 questions without an answer (probes). A table changes some of these; "
            + "false: it never asks. With redirect it holds for the client and the backend.",
            (config, value) => config.KeepAlive = value),
        Shared("user_timeout", new DurationForm(), "\"30s\"", "about 15 minutes",
            "How long data that was sent may stay unacknowledged before the kernel gives the peer up (TCP_USER_TIMEOUT), or, with "
            + "keepalive, a probe unanswered: it then replaces probes. With redirect it holds for the client and the backend.",
            (config, value) => config.UserTimeout = value),
        Shared("v6only", new FlagForm(), "true", "false",
            "true: a port alone, or [::], means IPv6 only; false: IPv4 too.",
            (config, value) => config.V6Only = value),

        Server("services", new TextForm("path", mayBeEmpty: false), "\"services.d\"", "\"services.d\"",
            "The directory of the service files; a relative path starts at the directory of superd.toml. Each NAME.toml in it is the "
            + "service NAME; names that start with '.' are skipped.",
            (config, value) => config.Services = value),
        Server("max_handlers", new IntegerForm(1), "500", "unlimited",
            "The largest number of programs of all services together that run at the same time, 1 or more. Beyond it, the clients of a "
            + "service with when_full = \"queue\" or wait = true wait; other services refuse theirs.",
            (config, value) => config.MaxHandlers = value),
        Server("shutdown_grace", new DurationForm(), "\"10s\"", Quoted(ServerDefinition.DefaultShutdownGrace),
            "How long running programs may finish after superd got SIGTERM or SIGINT. Then they get SIGTERM.",
            (config, value) => config.ShutdownGrace = value),
        Server("lame_duck", new DurationForm(), "\"5s\"", "\"0s\"",
            "How long superd accepts new clients after SIGTERM or SIGINT, or after 'superd drain --all', while its builtins health and "
            + "agent and 'superd status --ready' already say no: as long as a load balancer needs to notice. Another signal ends it.",
            (config, value) => config.LameDuck = value),
        Server("dynamic_users", new UserRangeForm(), "\"70000-74095\"", $"\"{DynamicUserDefinition.DefaultRange}\"",
            "The user ids, group ids as well, from which each connection of a service with user = \"dynamic\" gets one. They must belong "
            + "to nobody else: systemd's DynamicUser= has the same default, so choose others where units use that. Without root they must "
            + "be among those of superd's user in /etc/subuid and /etc/subgid, and by default are 4096 of these.",
            (config, value) => config.DynamicUsers = value),
        Server("strict_modes", new FlagForm(), "false", "true",
            "true: as root, superd accepts only files that nobody else can change: superd.toml, the services directory, service files, "
            + "@FILE lists, banner files, and each program that runs as root (the file that exec names, not its interpreter or arguments). "
            + "The file, and each directory and link on the way to it, must belong to root or to a user who could replace superd itself, "
            + "and neither its group nor others may write to it. Exceptions: sticky directories (/tmp), the owner's private group, and "
            + "read-only mounts. An ACL counts as rights of the group. false: only superd.toml itself is checked.",
            (config, value) => config.StrictModes = value),
        new TableKey("log", KeyPlaces.Server, KeyPlaces.Log, "{ level = \"info\" }",
            "What superd itself logs, and where.",
            config => config),
        Log("level", new ChoiceForm<LogLevel>(("trace", LogLevel.Trace), ("debug", LogLevel.Debug), ("info", LogLevel.Information),
                ("warning", LogLevel.Warning), ("error", LogLevel.Error)), "\"info\"", "\"info\"",
            "The least important messages that are written: trace, debug, info, warning or error.",
            (config, value) => config.LogLevel = value),
        Log("format", new ChoiceForm<LogFormat>(("text", LogFormat.Text), ("json", LogFormat.Json)), "\"text\"", "\"text\"",
            "One readable line per message, or one JSON object per line.",
            (config, value) => config.LogFormat = value),
        Log("target", new LogTargetForm(), "\"file:/var/log/superd.log\"", "\"auto\"",
            "Where log lines go: \"stderr\"; \"journal\", the systemd journal, with the values as fields; \"syslog\" (/dev/log); or "
            + "\"file:PATH\", which superd opens again at SIGUSR1, after it was renamed. \"auto\" is the journal if standard error is "
            + "connected to it, and standard error otherwise. Lines that the target does not accept go to standard error.",
            (config, value) => config.LogTarget = value),
        new TableKey("control", KeyPlaces.Server, KeyPlaces.Control, "{ group = \"adm\" }",
            "The console: the Unix-domain socket through which 'superd status', 'ps', 'end' and the others query and control a running "
            + "superd. Root, superd's own user and the members of control.group may use it.",
            config => config),
        Control("enabled", new FlagForm(), "true", "true",
            "false: there is no console.",
            (config, value) => config.ControlEnabled = value),
        Control("socket", new TextForm("path", mayBeEmpty: false), "\"/run/superd/superd.sock\"", "a socket in /run/superd",
            "The socket's path; a relative path starts at the directory of superd.toml. By default it is in /run/superd, else in "
            + "$XDG_RUNTIME_DIR/superd, else in /tmp/superd-UID, under a name that depends on superd.toml; 'superd status -c FILE' finds "
            + "it.",
            (config, value) => config.ControlSocket = value),
        Control("owner", new PrincipalForm("user"), "\"root\"", Inherit,
            "The owner of the socket's file; its mode is 0660.",
            (config, value) => config.ControlOwner = value),
        Control("group", new PrincipalForm("group"), "\"adm\"", "none",
            "The group of the socket's file. Its members may use the console, and so may end connections and pause services.",
            (config, value) => config.ControlGroup = value),
        new TableKey("defaults", KeyPlaces.Server, KeyPlaces.Defaults, "{ instances = 40 }",
            "Values for every service whose file does not set them: the keys marked * in the list of service keys.",
            config => ((ServerConfig)config).Defaults),
    ];

    private static readonly Dictionary<KeyPlaces, Dictionary<string, Key>> s_byPlace = GroupByPlace();

    /// <summary>The key of this name in this place; null if no such key may stand there.</summary>
    public static Key? Find(KeyPlaces place, string name) => s_byPlace[place].GetValueOrDefault(name);

    public static IEnumerable<string> NamesAt(KeyPlaces place) => s_byPlace[place].Keys;

    /// <summary>Every place where a key of this name may stand; 0 if there is no such key.</summary>
    public static KeyPlaces PlacesOf(string name)
    {
        KeyPlaces places = 0;
        foreach (Key key in Rows)
        {
            places |= key.Name == name ? key.Places : 0;
        }

        return places;
    }

    /// <summary>The schema of a table with the keys of this place.</summary>
    public static Schema SchemaOf(KeyPlaces place) =>
        Schema.Table([.. s_byPlace[place].Values.Select(key => (key.Name, key.Schema.Described(key.Description)))]);

    /// <summary>The key of a resource's limit: <c>nofile</c>.</summary>
    public static string NameOf(Resource resource) => s_limitNames[resource];

    private static string Quoted(TimeSpan duration) => $"\"{Duration.ToText(duration)}\"";

    private static Key Service<T>(string name, ValueForm<T> form, string example, string @default, string help,
        Action<ServiceConfig, Written<T>> set, bool needsProgram = false) =>
        new ValueKey<ServiceConfig, T>(name, KeyPlaces.Service, form, example, @default, help, set, needsProgram);

    private static Key Shared<T>(string name, ValueForm<T> form, string example, string @default, string help,
        Action<DefaultsConfig, Written<T>> set, bool needsProgram = false) =>
        new ValueKey<DefaultsConfig, T>(name, KeyPlaces.Service | KeyPlaces.Defaults, form, example, @default, help, set, needsProgram);

    private static Key Server<T>(string name, ValueForm<T> form, string example, string @default, string help,
        Action<ServerConfig, Written<T>> set) =>
        new ValueKey<ServerConfig, T>(name, KeyPlaces.Server, form, example, @default, help, set);

    private static Key Log<T>(string name, ValueForm<T> form, string example, string @default, string help,
        Action<ServerConfig, Written<T>> set) =>
        new ValueKey<ServerConfig, T>(name, KeyPlaces.Log, form, example, @default, help, set);

    private static Key Control<T>(string name, ValueForm<T> form, string example, string @default, string help,
        Action<ServerConfig, Written<T>> set) =>
        new ValueKey<ServerConfig, T>(name, KeyPlaces.Control, form, example, @default, help, set);

    private static Key Limit(string name, Resource resource, LimitUnit unit, string example, string help)
    {
        s_limitNames.Add(resource, name);
        return new ValueKey<DefaultsConfig, ResourceLimit>(name, KeyPlaces.Limits, new LimitForm(resource, unit), example, Inherit, help,
            (config, value) => config.Limits[resource] = value);
    }

    private static Dictionary<KeyPlaces, Dictionary<string, Key>> GroupByPlace()
    {
        var byPlace = new Dictionary<KeyPlaces, Dictionary<string, Key>>();
        foreach (KeyPlaces place in Enum.GetValues<KeyPlaces>())
        {
            byPlace[place] = new Dictionary<string, Key>(StringComparer.Ordinal);
            foreach (Key key in Rows)
            {
                if (key.Places.HasFlag(place))
                {
                    byPlace[place].Add(key.Name, key);
                }
            }
        }

        return byPlace;
    }
}
