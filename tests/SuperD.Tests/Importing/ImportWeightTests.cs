using NUnit.Framework;
using SuperD.Configuration.Keys;
using SuperD.Importing;
using SuperD.Importing.Inetd;
using SuperD.Importing.Systemd;
using SuperD.Importing.Xinetd;

namespace SuperD.Tests.Importing;

/// <summary>What an import does about a setting it has no counterpart for, by the setting's weight; and that no setting has none.</summary>
public sealed class ImportWeightTests
{
    private const string ListOfDirectives = "systemd-directives.txt";
    private const string Socket = "ListenStream=/run/x\nAccept=yes", Program = "ExecStart=/bin/cat\nStandardInput=socket";

    /// <summary>The keys that no setting of the three means; for a new key decide whether a setting does, and import it.</summary>
    private const string KeysOfNoSetting =
        "match reserve user_timeout proxy_out proxy_in time_zone penalty first_byte_timeout idle_timeout gone_timeout close "
        + "connect_timeout agent_for check_from rlimit limit_total limit_best_effort log_exit jail sandbox_best_effort web";

    /// <summary>A unit that gives up privileges, for which a sandbox is faithful.</summary>
    private const string Unprivileged = "User=nobody\nNoNewPrivileges=yes\n";

    /// <summary>For each of the other keys, the settings that mean it: the source, and lines that must set it.</summary>
    private static readonly (string Key, string Source, string Lines)[] s_counterparts =
    [
        ("listen", "xinetd", "port = 9003"), ("listen", "socket", "ListenStream=9003"), ("listen", "socket", "ListenDatagram=9003"),
        ("listen", "inetd", "9003 stream tcp nowait nobody /bin/cat cat"),
        ("exec", "xinetd", "server_args = -u"), ("exec", "service", "Nice=1"),
        ("exec", "inetd", "9003 stream tcp nowait nobody /bin/cat cat"),
        ("redirect", "xinetd", "redirect = 10.0.0.1 23"),
        ("builtin", "xinetd", "flags = SENSOR"), ("builtin", "inetd", "echo stream tcp nowait root internal"),
        ("builtin_udp", "inetd", "echo dgram udp wait root internal"),
        ("tcpmux", "xinetd", "type = TCPMUXPLUS UNLISTED"), ("tcpmux", "inetd", "tcpmux/+a stream tcp nowait nobody /bin/cat cat"),
        ("argv0", "xinetd", "flags = NAMEINARGS\nserver_args = tac"), ("argv0", "inetd", "9003 stream tcp nowait nobody /bin/cat tac"),
        ("description", "service", "[Unit]\nDescription=x"),
        ("wait", "xinetd", "wait = yes"), ("wait", "socket", "Accept=no"), ("wait", "inetd", "9003 stream tcp wait nobody /bin/cat cat"),
        ("socket_mode", "socket", "SocketMode=0600"), ("socket_mode", "inetd", "/run/x stream unix nowait nobody /bin/cat cat"),
        ("socket_owner", "socket", "SocketUser=nobody"), ("socket_owner", "socket", "SocketGroup=nogroup"),
        ("user", "xinetd", "user = nobody"), ("user", "service", "User=nobody"),
        ("group", "xinetd", "group = nogroup"), ("group", "service", "Group=nogroup"),
        ("groups", "xinetd", "groups = no"), ("groups", "service", "SupplementaryGroups=adm"),
        ("capabilities", "service", "User=nobody\nAmbientCapabilities=CAP_NET_BIND_SERVICE"),
        ("umask", "xinetd", "umask = 027"), ("umask", "service", "UMask=0027"),
        ("nice", "xinetd", "nice = 1"), ("nice", "service", "Nice=1"),
        ("oom_score_adj", "service", "OOMScoreAdjust=100"),
        ("cpu_affinity", "service", "CPUAffinity=0"), ("cpu_affinity", "service", "AllowedCPUs=0"),
        ("directory", "service", "WorkingDirectory=/srv"), ("chroot", "service", "RootDirectory=/srv"),
        ("env", "xinetd", "env = A=1"), ("env", "service", "Environment=A=1"),
        ("pass_env", "xinetd", "passenv = TZ"), ("pass_env", "service", "PassEnvironment=TZ"),
        ("login_env", "service", "SetLoginEnvironment=no"),
        ("as", "xinetd", "rlimit_as = 8M"), ("as", "service", "LimitAS=8M"), ("core", "service", "LimitCORE=0"),
        ("cpu", "xinetd", "rlimit_cpu = 8"), ("cpu", "service", "LimitCPU=8"),
        ("data", "xinetd", "rlimit_data = 8M"), ("data", "service", "LimitDATA=8M"), ("fsize", "service", "LimitFSIZE=8M"),
        ("memlock", "service", "LimitMEMLOCK=8M"), ("nofile", "xinetd", "rlimit_files = 8"), ("nofile", "service", "LimitNOFILE=8"),
        ("sandbox", "service", Unprivileged + "ProtectSystem=strict"), ("sandbox", "service", Unprivileged + "PrivateNetwork=yes"),
        ("sandbox", "service", Unprivileged + "SystemCallFilter=@system-service"),
        ("sandbox", "service", Unprivileged + "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK"),
        ("readable", "service", Unprivileged + "ProtectSystem=strict\nProtectHome=yes"),
        ("readable", "service", Unprivileged + "ProtectSystem=strict\nInaccessiblePaths=/srv"),
        ("writable", "service", Unprivileged + "ProtectSystem=strict\nReadWritePaths=/srv"),
        ("network", "service", Unprivileged + "PrivateNetwork=yes"),
        ("network", "service", Unprivileged + "RestrictAddressFamilies=AF_UNIX"),
        ("syscalls", "service", Unprivileged + "SystemCallFilter=~@mount ptrace"),
        ("limit", "service", "MemoryMax=64M"), ("limit", "service", "TasksMax=5"), ("limit", "service", "CPUQuota=20%"),
        ("nproc", "service", "LimitNPROC=8"), ("rss", "xinetd", "rlimit_rss = 8M"), ("rss", "service", "LimitRSS=8M"),
        ("stack", "xinetd", "rlimit_stack = 8M"), ("stack", "service", "LimitSTACK=8M"),
        ("stderr", "xinetd", "wait = no"), ("stderr", "service", "StandardError=null"),
        ("instances", "xinetd", "instances = 4"), ("instances", "socket", "MaxConnections=4"),
        ("instances", "inetd", "9003 stream tcp nowait/4 nobody /bin/cat cat"),
        ("when_full", "inetd", "9003 stream tcp nowait/4 nobody /bin/cat cat"),
        ("only_from", "xinetd", "only_from = 10.0.0.1"), ("only_from", "socket", "ListenStream=9003\nIPAddressDeny=any"),
        ("no_access", "xinetd", "no_access = 10.0.0.1"), ("no_access", "socket", "ListenStream=9003\nIPAddressDeny=10.0.0.1"),
        ("access_times", "xinetd", "access_times = 8:00-9:00"), ("max_load", "xinetd", "max_load = 2"),
        ("per_source", "xinetd", "per_source = 4"), ("per_source", "socket", "MaxConnectionsPerSource=4"),
        ("per_source", "inetd", "9003 stream tcp nowait/0/0/4 nobody /bin/cat cat"), ("source_prefix", "xinetd", "per_source = 4"),
        ("rate", "xinetd", "cps = 4 4"), ("rate", "socket", "TriggerLimitBurst=4"),
        ("rate", "inetd", "9003 stream tcp nowait.4 nobody /bin/cat cat"),
        ("per_source_rate", "inetd", "9003 stream tcp nowait/0/4 nobody /bin/cat cat"),
        ("sensor", "xinetd", "flags = SENSOR\ndeny_time = 4"),
        ("stop_grace", "service", "TimeoutStopSec=4"), ("stop_grace", "service", "TimeoutSec=4"),
        ("run_timeout", "service", "RuntimeMaxSec=4"), ("orphans", "service", "KillMode=process"),
        ("banner", "xinetd", "banner = /etc/passwd"), ("banner_success", "xinetd", "banner_success = /etc/passwd"),
        ("banner_fail", "xinetd", "banner_fail = /etc/passwd"),
        ("backlog", "socket", "Backlog=4"), ("nodelay", "xinetd", "flags = NODELAY"), ("nodelay", "socket", "NoDelay=yes"),
        ("keepalive", "xinetd", "flags = KEEPALIVE"), ("keepalive", "socket", "KeepAlive=yes"),
        ("keepalive", "socket", "KeepAliveTimeSec=9"), ("keepalive", "socket", "KeepAliveIntervalSec=9"),
        ("keepalive", "socket", "KeepAliveProbes=9"),
        ("v6only", "xinetd", "v6only = yes"), ("v6only", "socket", "BindIPv6Only=ipv6-only"), ("enabled", "xinetd", "disable = yes"),
    ];

    /// <summary>Those of other kinds of sockets always turn the service off.</summary>
    private static readonly IEnumerable<string> s_lostDirectives = SystemdDirectives.Rows
        .Where(row => row is { Here: SystemdDirective.None, Section: "Socket" or "Service", Name: not "SocketProtocol" })
        .Where(row => !row.Name.StartsWith("Listen", StringComparison.Ordinal))
        .Select(row => $"{row.Section}.{row.Name}");

    private static readonly IEnumerable<string> s_lostFlags =
        XinetdAttributes.Flags.Where(row => row.Here == XinetdAttribute.None).Select(row => row.Name);

    private ImportSource _source = null!; // set before each test

    [SetUp]
    public void MakeSource() => _source = new ImportSource();

    [TearDown]
    public void DeleteSource() => _source.Dispose();

    [Test]
    public void Every_directive_of_systemd_has_its_row()
    {
        string section = "";
        var missing = new List<string>();
        foreach (string line in File.ReadLines(ImportCorpus.PathOf(ListOfDirectives)))
        {
            if (line.StartsWith('['))
            {
                section = line.Trim('[', ']');
            }
            else if (SystemdDirectives.Find(section, line) is null)
            {
                missing.Add($"{section}.{line}");
            }
        }

        Assert.That(missing, Is.Empty);
    }

    /// <summary>In the words of inetd(8), of FreeBSD too; a line of inetd.conf has no names.</summary>
    [Test]
    public void Every_field_of_inetd_has_its_row() => Assert.That(
        string.Join(", ", InetdField.Rows.Select(row => row.Name)),
        Is.EqualTo(
            "policy, libwrap, address, service, socket type, protocol, buffer, wait, max per minute, max child, "
            + "max connections per ip per minute, max child per ip, user, group, login class, program, argument 0, arguments"));

    [TestCaseSource(nameof(s_lostDirectives))]
    public void A_directive_without_a_counterpart_does_what_its_weight_asks_for(string directive)
    {
        string[] parts = directive.Split('.');
        SystemdDirective row = SystemdDirectives.Find(parts[0], parts[1])!; // a row of the table
        string line = $"\n{row.Name}=1";
        ServiceFile file = row.Section == "Socket" ? _source.Systemd(Socket + line, Program) : _source.Systemd(Socket, Program + line);
        AssertWeight(file, row.Weight, row.Name);
    }

    [TestCaseSource(nameof(s_lostFlags))]
    public void A_flag_of_xinetd_without_a_counterpart_does_what_its_weight_asks_for(string flag) =>
        AssertWeight(
            _source.XinetdService($"flags = {flag}"), XinetdAttributes.Find(XinetdAttributes.Flags, flag)!.Weight, flag); // a row

    [Test]
    public void A_directive_that_nobody_knows_is_a_warning() =>
        AssertWeight(_source.Systemd(Socket, Program + "\nFrobnicate=1"), ImportWeight.NarrowsProgram, "Frobnicate");

    [Test]
    public void Every_key_has_a_setting_that_means_it_or_is_known_to_have_none()
    {
        IEnumerable<string> keys = KeyTable.Rows
            .Where(key => (key.Places & (KeyPlaces.Service | KeyPlaces.Limits)) != 0).Select(key => key.Name);
        Assert.That(keys.Except(s_counterparts.Select(one => one.Key)).Except(KeysOfNoSetting.Split(' ')), Is.Empty);
    }

    /// <summary>An importer falls behind when a key comes and its settings are still refused.</summary>
    [Test]
    public void No_importer_refuses_what_a_key_offers()
    {
        foreach ((string key, string source, string lines) in s_counterparts)
        {
            using ImportSource one = new();
            ServiceFile file = source switch
            {
                "xinetd" => one.XinetdService(lines),
                "inetd" => one.Inetd(lines + "\n").Single(),
                "socket" when lines.Contains("ListenDatagram") => one.Systemd(lines, Program),
                "socket" when lines.Contains("Accept") => one.Systemd($"ListenStream=9003\n{lines}", Program),
                "socket" when lines.Contains("Listen") => one.Systemd($"{lines}\nAccept=yes", Program),
                "socket" => one.Systemd($"{Socket}\n{lines}", Program),
                _ => one.Systemd(Socket, $"{Program}\n{lines}"),
            };
            string text = file.Render();
            bool isSet = KeyTable.Find(KeyPlaces.Service, key) is null
                ? file["rlimit"]?.Contains($" {key} = ", StringComparison.Ordinal) == true
                : text.Contains($"\n{key} = ", StringComparison.Ordinal);
            Assert.That(isSet, Is.True, $"{key}: {source}: {lines}\n{text}");
            Assert.That(one.Notes.Where(note => note.Contains("not imported: ")), Is.Empty, $"{key}: {source}: {lines}");
        }
    }

    /// <summary>What a row says is here must be a key, or the import's own words.</summary>
    [Test]
    public void What_a_row_says_is_here_is_a_key()
    {
        IEnumerable<string> here = SystemdDirectives.Rows.Select(row => row.Here).Concat(InetdField.Rows.Select(row => row.Here));
        Assert.That(
            here.Distinct().Where(one => one is not ("-" or "file name")
                && KeyTable.Find(KeyPlaces.Service, one) is null
                && KeyTable.Find(KeyPlaces.Limits, one.Split('.')[^1]) is null),
            Is.Empty);
    }

    private void AssertWeight(ServiceFile file, ImportWeight weight, string name)
    {
        string text = file.Render();
        string[] top = [.. text.Split("\n\n")[0].Replace("\n# ", " ").Split("Warning: ").Skip(1)];
        Assert.That(file.Enabled, Is.EqualTo(weight != ImportWeight.NarrowsAccess), text);
        Assert.That(text.Contains($"# Off: {name}"), Is.EqualTo(weight == ImportWeight.NarrowsAccess), text);
        Assert.That(top.Any(warning => warning.Contains(name)), Is.EqualTo(weight == ImportWeight.NarrowsProgram), text);
        bool isReported = _source.Notes.Any(note => note.Contains("not imported: ") && note.Contains(name));
        Assert.That(isReported || weight == ImportWeight.Cosmetic, Is.True, name);
    }
}
