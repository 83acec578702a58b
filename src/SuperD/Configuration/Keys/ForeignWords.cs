using System.Collections.Immutable;

namespace SuperD.Configuration.Keys;

/// <summary>
/// What the words of xinetd, systemd, tcpserver, socat, docker, nginx and Caddy are called here; an unknown key is looked up here first.
/// </summary>
/// <remarks>It holds every attribute of xinetd whose name is not a key here; a test compares it with the table of the import.</remarks>
internal static class ForeignWords
{
    private const string Listen = "listen = 9003", Exec = "exec = [\"/usr/bin/python3\", \"/srv/han.py\"]";

    private const string EveryRecord = "superd writes one record of each connection, with its client, its end and its bytes, and one of "
        + "each refusal; delete the line";

    private const string OneService = "a file is one service, named after the file, and its keys stand at the top; delete this line";

    public static readonly ImmutableArray<ForeignWord> Rows =
    [
        new("port ports expose bind bind_address bindaddress interface host hostname address addr ip listen_address listen_port "
            + "listenstream server_port tcp tcp-listen tcp4-listen tcp6-listen tcp-l",
            Listen, "or \"127.0.0.1:9003\" for one address"),
        new("socket unix unix_socket socket_path unix-listen", "listen = \"unix:/run/han.sock\""),
        new("listendatagram udp udp-listen udp4-listen udp6-listen udp-recvfrom", "listen = \"udp://:9003\""),
        new("socket_type protocol proto transport", "listen = \"udp://:9003\"", "a port without udp:// is TCP"),
        new("bindipv6only ipv6only ipv6_only", "v6only = true"),
        new("proxy_protocol accept_proxy", "proxy_in = [\"10.0.0.0/8\"]", "with the addresses of the proxies"),
        new("send_proxy", "proxy_out = \"v2\""),
        new("proxy_pass reverse_proxy proxy upstream backend forward forward_to redirect_to connect tcp-connect",
            "redirect = \"db.example:5432\""),

        new("command cmd program prog server run script path executable binary bin handler entrypoint start execstart", Exec,
            "without a shell: each argument is a string of its own"),
        new("server_args server_arguments args arg arguments argv argument params parameters", Exec,
            "the arguments follow the program"),
        new("shell system", "exec = [\"/bin/sh\", \"-c\", \"date; uptime\"]"),
        new("cwd dir workdir working_dir working_directory workingdirectory chdir", "directory = \"/srv\""),
        new("root rootdirectory root_directory", "chroot = \"/srv/jail\""),
        new("sandboxing sandboxed confinement confine seccomp landlock apparmor selinux security_opt cap_drop bwrap bubblewrap "
            + "firejail nsjail minijail protectsystem protecthome nonewprivileges no_new_privs no_new_privileges privatetmp privatedevices "
            + "capabilityboundingset protectkerneltunables protectkernelmodules protectcontrolgroups restrictnamespaces lockpersonality",
            "sandbox = \"basic\"", "readable, writable, network and syscalls adjust it"),
        new("readonlypaths read_only_paths bindreadonlypaths read_paths", "readable = [\"/srv/han\"]", "with sandbox = \"basic\""),
        new("readwritepaths read_write_paths bindpaths write_paths volumes_rw", "writable = [\"/var/lib/han\"]",
            "with sandbox = \"basic\""),
        new("inaccessiblepaths inaccessible_paths hidden_paths", "sandbox = \"basic\"",
            "what neither it nor readable names cannot be read"),
        new("privatenetwork restrictaddressfamilies network_mode no_network", "network = \"off\"", "with sandbox = \"basic\""),
        new("systemcallfilter syscall_filter seccomp_profile", "syscalls = [\"-@keyring\"]", "with sandbox = \"basic\""),
        new("environment environments envs variables vars envvars env_file environmentfile setenv", "env = { LANG = \"C.UTF-8\" }"),
        new("passenv passenvironment inherit_env", "pass_env = [\"TZ\"]"),
        new("uid username runas run_as run_as_user setuid setuidgid su su-d u", "user = \"nobody\""),
        new("gid groupname run_as_group setgid g", "group = \"nogroup\""),
        new("supplementarygroups supplementary_groups group_add", "groups = [\"adm\"]"),
        new("socketmode file_mode permissions", "socket_mode = \"0660\""),
        new("socketuser socketgroup owner chown", "socket_owner = \"www-data:www-data\""),
        new("priority", "nice = 5"),
        new("oomscoreadjust oom_score", "oom_score_adj = 500"),
        new("cpuset cpus cpuaffinity affinity", "cpu_affinity = \"0-3\""),
        new("standarderror", "stderr = \"log\""),
        new("internal", "builtin = \"echo\""),
        new("accept", "wait = true", "the other way round: Accept=no is wait = true, Accept=yes is the default"),

        new("disable disabled", "enabled = false", "the other way round"),
        new("enable active autostart", "enabled = true"),

        new("max_connections maxconnections max_conns max_conn maxconn max_clients maxclients max_instances max_processes maxproc "
            + "worker_connections connections concurrency workers max-children", "instances = 40"),
        new("maxconnectionspersource max_connections_per_ip max_per_ip per_ip per_ip_limit limit_conn max_per_source", "per_source = 4"),
        new("cps triggerlimitburst triggerlimitintervalsec max_rate", "rate = \"50/s\"",
            "a connection above the rate is refused, and the port stays open"),
        new("limit_req rate_limit ratelimit", "per_source_rate = \"10/s burst 30\""),
        new("allow allowed allow_from allow_ips ipaddressallow whitelist allowlist hosts_allow remote_ip range tcprules",
            "only_from = [\"10.0.0.0/8\"]"),
        new("deny denied deny_from ipaddressdeny block blocked blacklist blocklist denylist hosts_deny", "no_access = [\"192.0.2.0/24\"]"),
        new("libwrap tcpwrap tcpwrappers", "only_from = [\"10.0.0.0/8\"]", "libwrap is not asked; or let exec start /usr/sbin/tcpd"),
        new("deny_time", "sensor = \"10m\"", "a sensor refuses each client and bans its source for that time"),
        new("hours schedule open_hours", "access_times = \"Mon-Fri 08:00-18:00\""),
        new("motd greeting welcome", "banner = \"Hello {peer}.\\r\\n\""),

        new("timeout max_time max_runtime runtime runtimemaxsec execution_timeout", "run_timeout = \"10m\"",
            "idle_timeout ends a silent connection"),
        new("idle proxy_timeout keepalive_timeout read_timeout send_timeout client_timeout inactivity_timeout idle_time",
            "idle_timeout = \"10m\""),
        new("client_header_timeout header_timeout request_timeout", "first_byte_timeout = \"10s\""),
        new("proxy_connect_timeout dial_timeout", "connect_timeout = \"3s\""),
        new("stop_grace_period timeoutstopsec kill_timeout stop_timeout grace_period", "stop_grace = \"5s\""),
        new("killmode kill_mode", "orphans = \"keep\""),
        new("tcp_nodelay", "nodelay = true"),
        new("so_keepalive tcp_keepalive", "keepalive = true"),

        new("ulimits ulimit rlimits limits", "rlimit = { nofile = 1024 }"),
        new("rlimit_as limitas softlimit", "rlimit.as = \"512M\""),
        new("memory mem mem_limit max_memory memory_limit memorymax memorylimit", "limit.memory = \"64M\"",
            "rlimit.as limits each process"),
        new("rlimit_cpu limitcpu", "rlimit.cpu = \"10s\""),
        new("rlimit_data limitdata", "rlimit.data = \"256M\""),
        new("rlimit_rss limitrss", "rlimit.rss = \"128M\""),
        new("rlimit_stack limitstack", "rlimit.stack = \"8M\""),
        new("rlimit_files limitnofile nofile max_files worker_rlimit_nofile", "rlimit.nofile = 1024"),
        new("limitnproc nproc", "rlimit.nproc = 100"),
        new("tasksmax pids_limit", "limit.processes = 20"),
        new("cpuquota cpu_quota cpu_limit", "limit.cpu = \"50%\""),
        new("limitcore core", "rlimit.core = 0"),
        new("limitfsize", "rlimit.fsize = \"100M\""),

        new("include includedir import conf_dir", "services = \"services.d\"", "one directory, each NAME.toml in it a service"),
        new("log_type logging logfile log_file access_log error_log log_path", "log.target = \"file:/var/log/superd.log\"",
            "logrotate limits its size"),
        new("loglevel log_level verbosity debug verbose", "log.level = \"debug\""),
        new("log_format", "log.format = \"json\""),
        new("log_on_success log_on_failure", "", EveryRecord),

        new("id name service_name container_name server_name", "", "a service is named after its file: delete the line and rename the "
            + "file"),
        new("service services unit install", "", OneService),
        new("flags", "", "each flag is a key here: NODELAY is nodelay = true, KEEPALIVE keepalive = true, SENSOR sensor = \"10m\", and "
            + "IPv6 listen = \"[::]:9003\"; 'superd help xinetd' lists them"),
        new("type", "", "the types are keys here: INTERNAL is builtin = \"echo\", TCPMUX tcpmux = true, and UNLISTED needs nothing; "
            + "'superd help xinetd' lists them"),
        new("rpc_version rpc_number", "", "superd registers no RPC programs; start an RPC server on its own, without superd"),
        new("mdns", "", "superd announces nothing; avahi-publish does; delete the line"),
        new("restart restartsec", "", "superd starts the program for each connection, so nothing needs a restart; delete the line"),
        new("fork", "", "superd starts a program for each connection by itself; delete the line"),
        new("reuseaddr so-reuseaddr", "", "superd sets it by itself; delete the line"),
        new("pidfile pid_file daemon daemonize background", "", "superd stays in the foreground and starts each program itself; delete the "
            + "line"),
        new("image build volumes depends_on networks container", "", "superd runs programs of this machine, not containers; write "
            + Exec),
        new("tls ssl ssl_certificate ssl_certificate_key cert certificate", "", "superd does not speak TLS; let a proxy end it and write "
            + "proxy_in = [\"127.0.0.1\"]"),
    ];

    private static readonly Dictionary<string, ForeignWord> s_byName = Rows
        .SelectMany(row => row.Names, (row, name) => KeyValuePair.Create(name, row))
        .ToDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The word that a mistyped one most likely stands for; null without a guess.</summary>
    public static string? FindNearest(string name) => NearestName.Find(name, Rows.SelectMany(row => row.Names));

    /// <summary>The row of a word; null when it is not foreign.</summary>
    public static ForeignWord? Find(string name) => s_byName.GetValueOrDefault(name);
}
