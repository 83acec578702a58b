using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using SuperD.Configuration.Values;
using SuperD.Linux;

namespace SuperD.Configuration.Keys;

/// <summary>Every key of superd, one row each. The same rows read the files, find the nearest name for a mistyped one, and print the reference.</summary>
/// <remarks>
/// A new key is one row here, one property in its XConfig, and, where it meets other keys, a rule in Rules/. The row's kind says where it may stand:
/// Service (a service file only), Shared (there and in [defaults]), Server, Log, Limit. The order is that of the reference.
/// </remarks>
internal static class KeyTable
{
    private const string Inherit = "superd's own";

    public static readonly ImmutableArray<Key> Rows =
    [
        Service("listen", new ListForm<ListenConfig>(new ListenForm(), "addresses", oneAlone: true), "9003", "",
            "Where to listen: a port (9003), an address with a port (\"127.0.0.1:9003\", \"[::1]:9003\"), a name of /etc/services as port (\":http\", \"127.0.0.1:http\"), each with or without \"tcp://\" before it, or an array of these. "
            + "A port alone means all addresses, IPv4 and IPv6. Port 0 lets the kernel choose one (IPv4 only when it stands alone). With \"udp://\" before them they mean datagrams: with wait = true the program gets the socket and all datagrams, "
            + "without it each peer has a program and a connected socket of its own, for which superd needs root or CAP_NET_RAW; builtins answer them with builtin_udp = true. \"unix:/run/han.sock\" is a Unix-domain socket (a relative path starts at the directory of the service file), \"unix:@han\" one in the abstract namespace. Required, but not with tcpmux.",
            (config, value) => config.Listen = value),
        Service("exec", new ExecForm(), "\"/usr/bin/cat\"", "",
            "The program to run for each connection, or an array of it and its arguments. No shell, no splitting at spaces, no search in PATH. A relative path starts at the directory of the service file; with chroot it must be absolute, inside the new root. A service has exec, builtin, redirect or sensor, and only one of them.",
            (config, value) => config.Exec = value),
        Service("redirect", new RedirectForm(), "\"db.example:5432\"", "",
            "Instead of exec: the address to pass every connection on to, \"HOST:PORT\" or \"unix:PATH\" (\"unix:@NAME\" for an abstract one). Each side's end of sending is passed on by itself, so half-closed connections work. "
            + "A name is looked up again when the last answer is 30 seconds old; of several addresses the first that answers is taken. "
            + "It may lead to another service of superd, but not back: a connection that comes to a service for the second time is refused (reason=loop).",
            (config, value) => config.Redirect = value),
        Service("proxy_out", new ChoiceForm<ProxyVersion>(("v1", ProxyVersion.V1), ("v2", ProxyVersion.V2)), "\"v2\"", "none",
            "With redirect: tells the backend who the client is, by a header of the PROXY protocol in this version before the client's first byte. The backend must expect it.",
            (config, value) => config.ProxyOut = value),
        Service("proxy_in", AccessItemForm.List, "[\"10.0.0.0/8\"]", "none",
            "The addresses of the proxies in front of the service, written as in only_from. They alone may connect, and each connection must begin with a header of the PROXY protocol, v1 or v2, within 5 seconds. "
            + "The client it names is the one that is checked, logged and told to the program. A proxy that speaks for itself (LOCAL, UNKNOWN) is a client like any other.",
            (config, value) => config.ProxyIn = value),
        Service("builtin", new ChoiceForm<Builtin>(("echo", Builtin.Echo), ("discard", Builtin.Discard), ("daytime", Builtin.Daytime), ("time", Builtin.Time),
                ("chargen", Builtin.Chargen), ("qotd", Builtin.Qotd), ("status", Builtin.Status), ("tcpmux", Builtin.TcpMux)), "\"daytime\"", "",
            "What superd serves itself instead of running a program: echo, discard, daytime, time, chargen and qotd as their RFCs say (862, 863, 867, 868, 864, 865); "
            + "status, the services and their states, one per line; tcpmux (RFC 1078), where a client asks for a service by name. The limits hold as for a program.",
            (config, value) => config.Builtin = value),
        Service("builtin_udp", new FlagForm(), "true", "false",
            "true: a builtin may answer datagrams, at the udp:// addresses of listen. Whoever sends a datagram can forge whom it is from, and has the answer sent there; so superd never answers "
            + "to ports below 1024, to its own or to broadcasts, and unless rate and per_source_rate are written they are \"100/s\" and \"10/s\". What is above gets no answer.",
            (config, value) => config.BuiltinUdp = value),
        Service("tcpmux", new FlagForm(), "true", "false",
            "true: clients of a tcpmux service may ask for this one by its name, under this one's own limits and access rules. Then it needs no listen.",
            (config, value) => config.TcpMux = value),
        Service("argv0", new TextForm("string", mayBeEmpty: true), "\"cat\"", "the program's file name",
            "The name the program is told it was called by.",
            (config, value) => config.Argv0 = value),
        Service("description", new TextForm("string", mayBeEmpty: true), "\"a greeting\"", "",
            "Free text for people.",
            (config, value) => config.Description = value),
        Service("enabled", new FlagForm(), "true", "true",
            "false: the file is checked, but nothing listens.",
            (config, value) => config.Enabled = value),
        Service("wait", new FlagForm(), "false", "false",
            "true: the program gets the listening socket itself, as fd 0 and as fd 3 with LISTEN_FDS, and accepts connections; one runs at a time (inetd's wait). Over UDP it gets the bound socket.",
            (config, value) => config.Wait = value),
        Service("socket_mode", new ModeForm("mode"), "\"0660\"", "\"0660\"",
            "The permissions of a Unix-domain socket's file, octal digits in quotes: who may write to it may connect. An abstract socket has none: any process of this machine (of its network namespace) may connect.",
            (config, value) => config.SocketMode = value),
        Service("socket_owner", new SocketOwnerForm(), "\"www-data:www-data\"", Inherit,
            "Whom the file of a Unix-domain socket is given to: \"user\", \"user:group\" or \":group\", by name or number.",
            (config, value) => config.SocketOwner = value),

        Shared("user", new PrincipalForm("user"), "\"nobody\"", Inherit,
            "The user to run as, by name or number. A number that has no entry in passwd needs group too.",
            (config, value) => config.User = value),
        Shared("group", new PrincipalForm("group"), "\"nogroup\"", "the user's own",
            "The group to run as, by name or number.",
            (config, value) => config.Group = value),
        Shared("groups", new ListForm<Principal>(new PrincipalForm("group"), "names or ids"), "[\"adm\"]", "the user's own",
            "The supplementary groups, all of them; [] for none.",
            (config, value) => config.Groups = value),
        Shared("umask", new ModeForm("mask"), "\"022\"", "\"022\"",
            "The file mode creation mask: octal digits in quotes. An integer is taken as TOML reads it, so 0o022 is right and 22 is not.",
            (config, value) => config.Umask = value),
        Shared("nice", new IntegerForm(-20, 19), "5", Inherit,
            "The scheduling priority: -20 (first) to 19 (last).",
            (config, value) => config.Nice = value),
        Shared("oom_score_adj", new IntegerForm(OomScore.Lowest, OomScore.Highest), "500", "superd's own, at least 0",
            "How soon the kernel ends the program when memory runs out: -1000 (never) to 1000 (first). Less than superd's own needs root or CAP_SYS_RESOURCE. A value other than superd's own costs each launch about a quarter of a millisecond.",
            (config, value) => config.OomScoreAdjustment = value),
        Shared("cpu_affinity", new ProcessorSetForm(), "\"0-3,8\"", Inherit,
            "The processors the program may run on: numbers and ranges, separated by commas. Those the machine does not have, or superd may not use, are left out; one of them must be left.",
            (config, value) => config.Affinity = value),
        Shared("directory", new TextForm("path", mayBeEmpty: false), "\"/srv\"", "\"/\"",
            "The working directory. A relative path starts at the directory of the file it is written in; with chroot it must be absolute, inside the new root.",
            (config, value) => config.Directory = value),
        Shared("chroot", new TextForm("path", mayBeEmpty: false), "\"/srv/jail\"", "none",
            "The directory that becomes the root of the file system. A relative path starts at the directory of the file it is written in.",
            (config, value) => config.Chroot = value),
        Shared("env", new EnvironmentForm(), "{ LANG = \"C.UTF-8\" }", "only PATH",
            "Environment variables, as a table of strings. Those of a service are added to those of [defaults], and win over them.",
            (config, value) => config.Environment = value),
        Shared("pass_env", new ListForm<string>(new VariableNameForm(), "names"), "[\"TZ\"]", "none",
            "Names of variables that are passed on from superd's own environment, where they are set there. env wins over them.",
            (config, value) => config.PassEnvironment = value),
        new TableKey("rlimit", KeyPlaces.Service | KeyPlaces.Defaults, KeyPlaces.Limits, "{ nofile = 1024 }",
            "Resource limits of each process (setrlimit). One value sets the soft and the hard limit, \"soft:hard\" each of them, \"unlimited\" lifts it. Those of a service are added to those of [defaults], and win over them.",
            config => config),
        Limit("as", Resource.AddressSpace, LimitUnit.Bytes, "\"512M\"", "Address space."),
        Limit("core", Resource.Core, LimitUnit.Bytes, "0", "Size of a core dump."),
        Limit("cpu", Resource.Cpu, LimitUnit.Seconds, "\"10s\"", "Processor time; at the soft limit the process gets SIGXCPU, at the hard one SIGKILL."),
        Limit("data", Resource.Data, LimitUnit.Bytes, "\"256M\"", "Heap and writable data."),
        Limit("fsize", Resource.FileSize, LimitUnit.Bytes, "\"100M\"", "Size of a file it writes."),
        Limit("memlock", Resource.LockedMemory, LimitUnit.Bytes, "\"64K\"", "Memory locked in RAM."),
        Limit("nofile", Resource.OpenFiles, LimitUnit.Count, "1024", "Open file descriptors."),
        Limit("nproc", Resource.Processes, LimitUnit.Count, "\"100:200\"", "Processes of its user, counted over the whole machine."),
        Limit("rss", Resource.ResidentSet, LimitUnit.Bytes, "\"128M\"", "Resident memory; Linux does not enforce it."),
        Limit("stack", Resource.Stack, LimitUnit.Bytes, "\"8M:unlimited\"", "Stack of the main thread."),
        Shared("stderr", new ChoiceForm<StderrTarget>(("log", StderrTarget.Log), ("socket", StderrTarget.Socket), ("null", StderrTarget.Null)), "\"log\"", "\"log\"",
            "Where fd 2 goes: each line into superd's log, to the client, or nowhere.",
            (config, value) => config.Stderr = value),

        Shared("instances", new IntegerForm(1), "40", $"unlimited ({ServiceDefinition.DefaultPeers} over UDP)",
            $"Most programs of one service alive at once, 1 or more. With redirect or builtin there are no programs, and it is connections that are counted: {ServiceDefinition.DefaultConnections} at most where nothing is written.",
            (config, value) => config.Instances = value),
        Shared("when_full", new ChoiceForm<WhenFull>(("refuse", WhenFull.Refuse), ("queue", WhenFull.Queue)), "\"refuse\"", "\"refuse\"",
            "What a connection beyond instances (or max_handlers of superd.toml) meets: it is closed at once, or it waits in the kernel's queue.",
            (config, value) => config.WhenFull = value),
        Shared("only_from", AccessItemForm.List, "[\"10.0.0.0/8\", \"2001:db8::/32\"]", "everybody",
            "Who may connect: addresses, ranges in CIDR form, and \"@FILE\" for a file of them, separated by spaces or lines, which is read again when it changes. [] is nobody. Of only_from and no_access the longest prefix that matches decides; on a tie the connection is refused. "
            + "An IPv4 client is always plain IPv4, and \"::/0\" is IPv6 only. Names are not looked up. A client of a Unix-domain socket has no address, but a user: \"uid:1000\", \"gid:adm\" (whoever is in that group), \"uid:*\" (everybody), by name or number; a user counts as longer than a group, and a group as longer than everybody.",
            (config, value) => config.OnlyFrom = value),
        Shared("no_access", AccessItemForm.List, "\"@blocked.txt\"", "nobody",
            "Who may not connect; written like only_from.",
            (config, value) => config.NoAccess = value),
        Shared("access_times", new ListForm<AccessWindow>(new AccessWindowForm(), "days and times", oneAlone: true), "[\"Mon-Fri 08:00-18:00\", \"22:00-06:00\"]", "always",
            "When connections are taken: in any of these windows, by the clock of time_zone. The end is not part of a window and may be 24:00; one that ends before it starts ends the next day; days alone mean all day. What runs at the end of a window is not ended.",
            (config, value) => config.AccessTimes = value),
        Shared("time_zone", new TimeZoneForm(), "\"Europe/Berlin\"", "the machine's",
            "The time zone of access_times, by its name in the zone database.",
            (config, value) => config.TimeZone = value),
        Shared("max_load", new NumberForm(), "8.5", "none",
            "Refuses connections while the load average of the last minute is this or more; it is looked at once a second.",
            (config, value) => config.MaxLoad = value),
        Shared("per_source", new IntegerForm(1), "4", "unlimited",
            "Most programs of one service alive at once for one source, 1 or more.",
            (config, value) => config.PerSource = value),
        Shared("source_prefix", new SourcePrefixForm(), "{ v4 = 24, v6 = 56 }", "{ v4 = 32, v6 = 64 }",
            "How many bits of an address make a source, for per_source, per_source_rate, penalty and sensor: all addresses that share them count as one. Over a Unix-domain socket a user is a source.",
            (config, value) => config.SourcePrefix = value),
        Shared("rate", new RateForm(), "\"50/s\"", "unlimited",
            "Most connections taken per s, min, h or d, from all sources together. Those above are refused, the port stays open, and a place comes back steadily: with \"10/min\" every six seconds. As many as the number come at once after a rest; \"10/min burst 3\" makes that 3.",
            (config, value) => config.Rate = value),
        Shared("per_source_rate", new RateForm(), "\"10/min burst 3\"", "unlimited",
            "The same for each source by itself.",
            (config, value) => config.PerSourceRate = value),
        Shared("penalty", new PenaltyForm(), "{ signal = \"90s\", exit.77 = \"5s\", timeout = \"20s\" }", "none",
            "For how long a source is refused by the service because of how its programs ended: by a signal (other than PIPE, HUP, INT and TERM), with an exit status, or at a time limit. Penalties add up, run down by themselves, count from 15 seconds in all (min = \"15s\"), and are never more than 10 minutes (max = \"10m\"). "
            + "exempt = [...], written like only_from, is never penalised.",
            (config, value) => config.Penalty = value),
        Service("sensor", new SensorForm(), "\"10m\"", "",
            "A trap, instead of exec: whoever connects is refused at once, and by all services for this long after. { time = \"10m\", exempt = [\"10.0.0.0/8\"] } spares some, written like only_from.",
            (config, value) => config.Sensor = value),
        Shared("stop_grace", new DurationForm(), "\"5s\"", Quoted(ServiceDefinition.DefaultStopGrace),
            "Time between SIGTERM and SIGKILL when superd ends a program.",
            (config, value) => config.StopGrace = value),

        Shared("run_timeout", new DurationForm(), "\"10m\"", "unlimited",
            "Ends a program that runs longer, with all it has started.",
            (config, value) => config.RunTimeout = value),
        Shared("first_byte_timeout", new DurationForm(), "\"10s\"", "unlimited",
            "Ends a program whose client has sent nothing for this long after it connected.",
            (config, value) => config.FirstByteTimeout = value),
        Shared("idle_timeout", new DurationForm(), "\"10m\"", "unlimited",
            "Ends a connection on which no byte has moved, either way, for this long, and its program with it. Over UDP without wait: a program whose peer has sent nothing for this long, \"1m\" unless written.",
            (config, value) => config.IdleTimeout = value),
        Shared("orphans", new ChoiceForm<OrphanMode>(("kill", OrphanMode.Kill), ("keep", OrphanMode.Keep)), "\"keep\"", "\"kill\", with wait \"keep\"",
            "What becomes of the processes a program leaves behind when it ends: they are ended too (TERM, after stop_grace KILL), however they hide, or they live on. A program whose client is gone is ended as well, unless this is \"keep\".",
            (config, value) => config.Orphans = value),
        Shared("close", new ChoiceForm<CloseMode>(("graceful", CloseMode.Graceful), ("immediate", CloseMode.Immediate)), "\"immediate\"", "\"graceful\"",
            "How a TCP connection ends when the program is gone: gracefully, so that no reply is lost though the client has sent what nobody read (for 2 s and 1 MiB at most), or by the program's own exit, for one that closes its connection and works on.",
            (config, value) => config.Close = value),

        Shared("connect_timeout", new DurationForm(), "\"3s\"", Quoted(RedirectDefinition.DefaultConnectTimeout),
            "With redirect: how long the backend may take to answer, all its addresses and the look-up of its name together. Then the client is turned away.",
            (config, value) => config.ConnectTimeout = value),

        Shared("banner", new BannerForm(ofRefusals: false), "\"Hello {peer}, this is {service}.\\r\\n\"", "none",
            "A text every client gets right after it has connected, before any check: a string with the placeholders {peer} and {service} ({{ and }} stand for braces), or { file = \"PATH\" }. "
            + "A file is sent as it is but for the placeholders, and read again when it has changed; a relative path starts at the directory of the file it is written in.",
            (config, value) => config.Banner = value),
        Shared("banner_success", new BannerForm(ofRefusals: false), "\"Come in.\\r\\n\"", "none",
            "A text for clients that have passed all checks, before the program starts; written like banner.",
            (config, value) => config.BannerSuccess = value),
        Shared("banner_fail", new BannerForm(ofRefusals: true), "\"Not now ({reason}). Try again in {retry_after} s.\\r\\n\"", "none",
            "A text for clients that are refused, before they are closed; written like banner, and with {reason}, the word the log has, and {retry_after}, a number of seconds.",
            (config, value) => config.BannerFail = value),

        Shared("backlog", new IntegerForm(1), "128", $"{ServiceDefinition.DefaultBacklog}",
            "Most connections that wait in the kernel's queue; the kernel caps it at net.core.somaxconn.",
            (config, value) => config.Backlog = value),
        Shared("nodelay", new FlagForm(), "true", "false",
            "TCP_NODELAY: small writes are sent at once.",
            (config, value) => config.NoDelay = value),
        Shared("keepalive", new FlagForm(), "true", "true",
            "SO_KEEPALIVE: a peer that is gone is noticed after two minutes (60 s idle, then 6 probes 10 s apart).",
            (config, value) => config.KeepAlive = value),
        Shared("v6only", new FlagForm(), "true", "false",
            "true: a port alone, or [::], means IPv6 only; false: IPv4 too.",
            (config, value) => config.V6Only = value),

        Server("services", new TextForm("path", mayBeEmpty: false), "\"services.d\"", "\"services.d\"",
            "The directory of the service files; a relative path starts at the directory of superd.toml. Each NAME.toml in it is the service NAME; names that start with '.' or end in '~' are skipped.",
            (config, value) => config.Services = value),
        Server("max_handlers", new IntegerForm(1), "500", "unlimited",
            "Most programs of all services together alive at once, 1 or more. A service with when_full = \"queue\" or wait = true lets its clients wait meanwhile, the others refuse theirs.",
            (config, value) => config.MaxHandlers = value),
        Server("shutdown_grace", new DurationForm(), "\"10s\"", Quoted(ServerDefinition.DefaultShutdownGrace),
            "After SIGTERM or SIGINT: how long running programs may finish before they get SIGTERM.",
            (config, value) => config.ShutdownGrace = value),
        Server("strict_modes", new FlagForm(), "false", "true",
            "true: as root, superd believes only files that nobody else can change: superd.toml, the services directory, service files, @FILE lists, files of banners, "
            + "and each program that runs as root (the file that exec names, not its interpreter or arguments). The file and each directory and link on the way to it "
            + "must belong to root or to a user who could replace superd itself, and neither its group nor others may write to it. Exceptions: sticky directories (/tmp), "
            + "the owner's private group, what is mounted read-only. An ACL counts as rights of the group. false: all but superd.toml itself may be anybody's.",
            (config, value) => config.StrictModes = value),
        new TableKey("log", KeyPlaces.Server, KeyPlaces.Log, "{ level = \"info\" }", "What superd itself logs.", config => config),
        Log("level", new ChoiceForm<LogLevel>(("trace", LogLevel.Trace), ("debug", LogLevel.Debug), ("info", LogLevel.Information), ("warning", LogLevel.Warning), ("error", LogLevel.Error)), "\"info\"", "\"info\"",
            "The least important messages that are written.",
            (config, value) => config.LogLevel = value),
        Log("format", new ChoiceForm<LogFormat>(("text", LogFormat.Text), ("json", LogFormat.Json)), "\"text\"", "\"text\"",
            "One readable line per message, or one JSON object per line.",
            (config, value) => config.LogFormat = value),
        Log("target", new LogTargetForm(), "\"file:/var/log/superd.log\"", "\"auto\"",
            "Where log lines go: to standard error; with their fields to the systemd journal; to syslog (/dev/log); or to a file, which is opened again at SIGUSR1, after it was renamed. "
            + "\"auto\" is the journal where standard error is connected to it, and standard error elsewhere. What the target does not take goes to standard error.",
            (config, value) => config.LogTarget = value),
        new TableKey("control", KeyPlaces.Server, KeyPlaces.Control, "{ group = \"adm\" }",
            "The console: the Unix socket by which 'superd status', 'ps', 'end' and the others ask and steer a running superd. Root may use it, superd's own user, and the members of control.group.",
            config => config),
        Control("enabled", new FlagForm(), "true", "true",
            "false: there is no console.",
            (config, value) => config.ControlEnabled = value),
        Control("socket", new TextForm("path", mayBeEmpty: false), "\"/run/superd/superd.sock\"", "see help",
            "The socket's path; a relative path starts at the directory of superd.toml. Without it: in /run/superd, else in $XDG_RUNTIME_DIR/superd, else in /tmp/superd-UID, under a name of its own for each superd.toml; 'superd -c FILE status' finds it again.",
            (config, value) => config.ControlSocket = value),
        Control("owner", new PrincipalForm("user"), "\"root\"", Inherit,
            "The user the socket belongs to; its mode is 0660.",
            (config, value) => config.ControlOwner = value),
        Control("group", new PrincipalForm("group"), "\"adm\"", "none",
            "The group the socket belongs to. Its members may use the console, and so may end connections and pause services.",
            (config, value) => config.ControlGroup = value),
        new TableKey("defaults", KeyPlaces.Server, KeyPlaces.Defaults, "{ instances = 40 }",
            "What holds for every service that does not say otherwise: the keys marked * above.",
            config => ((ServerConfig)config).Defaults),
    ];

    private static readonly Dictionary<KeyPlaces, Dictionary<string, Key>> s_byPlace = GroupByPlace();

    /// <summary>The key of that name that may stand in that place, or null.</summary>
    public static Key? Find(KeyPlaces place, string name) => s_byPlace[place].GetValueOrDefault(name);

    public static IEnumerable<string> NamesAt(KeyPlaces place) => s_byPlace[place].Keys;

    /// <summary>Every place a key of that name may stand; 0 when no key has it.</summary>
    public static KeyPlaces PlacesOf(string name)
    {
        KeyPlaces places = 0;
        foreach (Key key in Rows)
        {
            places |= key.Name == name ? key.Places : 0;
        }

        return places;
    }

    private static string Quoted(TimeSpan duration) => $"\"{Duration.ToText(duration)}\"";

    private static Key Service<T>(string name, ValueForm<T> form, string example, string @default, string help, Action<ServiceConfig, Written<T>> set) =>
        new ValueKey<ServiceConfig, T>(name, KeyPlaces.Service, form, example, @default, help, set);

    private static Key Shared<T>(string name, ValueForm<T> form, string example, string @default, string help, Action<DefaultsConfig, Written<T>> set) =>
        new ValueKey<DefaultsConfig, T>(name, KeyPlaces.Service | KeyPlaces.Defaults, form, example, @default, help, set);

    private static Key Server<T>(string name, ValueForm<T> form, string example, string @default, string help, Action<ServerConfig, Written<T>> set) =>
        new ValueKey<ServerConfig, T>(name, KeyPlaces.Server, form, example, @default, help, set);

    private static Key Log<T>(string name, ValueForm<T> form, string example, string @default, string help, Action<ServerConfig, Written<T>> set) =>
        new ValueKey<ServerConfig, T>(name, KeyPlaces.Log, form, example, @default, help, set);

    private static Key Control<T>(string name, ValueForm<T> form, string example, string @default, string help, Action<ServerConfig, Written<T>> set) =>
        new ValueKey<ServerConfig, T>(name, KeyPlaces.Control, form, example, @default, help, set);

    private static Key Limit(string name, Resource resource, LimitUnit unit, string example, string help) =>
        new ValueKey<DefaultsConfig, ResourceLimit>(name, KeyPlaces.Limits, new LimitForm(resource, unit), example, Inherit, help, (config, value) => config.Limits[resource] = value);

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
