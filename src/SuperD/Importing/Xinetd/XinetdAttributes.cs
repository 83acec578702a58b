using System.Collections.Immutable;

namespace SuperD.Importing.Xinetd;

/// <summary>All attributes, flags and types of xinetd and their counterparts here.</summary>
/// <remarks>The same rows read the files, explain the report and print <c>superd help xinetd</c>.</remarks>
internal static class XinetdAttributes
{
    private const string None = XinetdAttribute.None;

    private const ImportWeight Access = ImportWeight.NarrowsAccess;
    private const ImportWeight Program = ImportWeight.NarrowsProgram;
    private const ImportWeight Behaviour = ImportWeight.ChangesBehaviour;
    private const ImportWeight Cosmetic = ImportWeight.Cosmetic;

    private const XinetdTraits InService = XinetdTraits.Service;
    private const XinetdTraits InBoth = XinetdTraits.Service | XinetdTraits.Defaults;
    private const XinetdTraits EarlySet = InBoth | XinetdTraits.Set | XinetdTraits.Early;

    private const string EveryRecord = "each connection's one record always has the address, pid, exit status, signal and duration";

    /// <summary>The attributes.</summary>
    public static readonly ImmutableArray<XinetdAttribute> Rows =
    [
        new("id", InService, 1, Cosmetic, "file name", "each name only once; xinetd takes two of one name"),
        new("type", InService | XinetdTraits.Filled, 0, Behaviour, "see TYPES"),
        new("flags", InService | XinetdTraits.Filled, 0, Behaviour, "see FLAGS"),
        new("disable", InService, 1, Access, "enabled", "a file with enabled = false is checked all the same"),
        new("socket_type", InService, 1, Behaviour, "listen", "stream is TCP, dgram \"udp://...\"; raw and seqpacket do not exist here"),
        new("protocol", InService, 1, Behaviour, "listen", "tcp or udp; others do not exist here"),
        new("wait", InService, 1, Behaviour, "wait"),
        new(
            "user",
            InService,
            1,
            Program,
            "user",
            "xinetd gives a user by number the group of the same number, so group is written too"),
        new("group", InService, 1, Program, "group"),
        new("groups", InBoth, 1, Program, "groups", "no, xinetd's default, is groups = []; yes is the default here"),
        new("server", InService, 1, Behaviour, "exec"),
        new("server_args", InService | XinetdTraits.Filled, 0, Behaviour, "exec", "an array, so that an argument may hold a space"),
        new("env", InService | XinetdTraits.Set, 0, Behaviour, "env", "a value may hold spaces"),
        new(
            "passenv",
            InBoth | XinetdTraits.Set,
            0,
            Behaviour,
            "pass_env",
            "without it xinetd passes on all of its own environment, superd PATH alone"),
        new("umask", InBoth, 1, Program, "umask"),
        new("nice", InService, 1, Program, "nice", "set before the user changes, so that a negative one has its effect"),
        new("rlimit_as", InService, 1, Program, "rlimit.as"),
        new("rlimit_cpu", InService, 1, Program, "rlimit.cpu"),
        new("rlimit_data", InService, 1, Program, "rlimit.data"),
        new("rlimit_rss", InService, 1, Program, "rlimit.rss"),
        new("rlimit_stack", InService, 1, Program, "rlimit.stack"),
        new(
            "rlimit_files",
            InService,
            1,
            Program,
            "rlimit.nofile",
            "without it a program gets the soft limit superd was started with, not its hard one"),
        new("port", InService, 1, Behaviour, "listen"),
        new("bind", InBoth, 1, Access, "listen", "an address, never a host name; several are an array"),
        new("interface", InBoth, 1, Access, "listen", "the same as bind"),
        new(
            "v6only",
            InBoth | XinetdTraits.Inert,
            1,
            Access,
            "v6only",
            "xinetd takes any value, even no, for yes; in defaults it has no effect"),
        new("instances", InBoth, 1, Access, "instances", "when_full = \"queue\" lets the others wait"),
        new("per_source", InBoth, 1, Access, "per_source", "source_prefix says how much of an address makes a source"),
        new(
            "cps",
            InBoth,
            2,
            Access,
            "rate",
            "what is too much is refused and the port stays open, where xinetd closes it for some seconds; so the second number has no "
            + "meaning. xinetd's default is 50 10; per_source_rate keeps one client from using it up"),
        new("max_load", InBoth, 1, Access, "max_load"),
        new(
            "only_from",
            EarlySet,
            0,
            Access,
            "only_from",
            "addresses and ranges (10.0.0.0 is \"10.0.0.0/8\", 1.2.3.{4,5} two items), no host names, because the client controls what DNS "
            + "says of it. The longest match decides, in xinetd no_access always"),
        new("no_access", EarlySet, 0, Access, "no_access", "as only_from; what cannot be understood is an error, in xinetd it is ignored"),
        new(
            "access_times",
            InService | XinetdTraits.Filled,
            0,
            Access,
            "access_times",
            "a window ends before its last minute, in xinetd after it; it may go over midnight and name days"),
        new("banner", EarlySet & ~XinetdTraits.Set, 1, Behaviour, "banner", "{ file = \"...\" }, or the text itself"),
        new("banner_success", EarlySet & ~XinetdTraits.Set, 1, Behaviour, "banner_success"),
        new("banner_fail", EarlySet & ~XinetdTraits.Set, 1, Behaviour, "banner_fail"),
        new(
            "redirect",
            InService,
            2,
            Behaviour,
            "redirect",
            "\"HOST:PORT\"; a half-closed connection keeps its other half, and names are looked up again"),
        new("deny_time", InService, 1, Access, "sensor", "in minutes there, \"10m\" here; FOREVER is a year"),
        new(
            "log_type",
            InBoth | XinetdTraits.Filled,
            0,
            Cosmetic,
            "log.target",
            "all services share one log, set in superd.toml: \"syslog\", \"file:PATH\", \"journal\" or \"stderr\"; limits of a log's size "
            + "are logrotate's"),
        new(
            "log_on_success",
            InBoth | XinetdTraits.Set,
            0,
            Cosmetic,
            "the log",
            EveryRecord + "; USERID (ident) does not exist: its answers are the client's own words"),
        new(
            "log_on_failure",
            InBoth | XinetdTraits.Set,
            0,
            Cosmetic,
            "the log",
            "each refusal is a record with address and reason; USERID (ident) does not exist"),
        new("enabled", XinetdTraits.Defaults | XinetdTraits.Set, 0, Access, "enabled", "written into each service"),
        new("disabled", XinetdTraits.Defaults | XinetdTraits.Set, 0, Access, "enabled", "written into each service"),
        new(
            "libwrap",
            InService,
            1,
            Access,
            "only_from",
            "libwrap blocks on DNS and left most distributions; exec = [\"/usr/sbin/tcpd\", ARGUMENTS] with the program as argv0 still "
            + "asks hosts.allow. A service that its rules concern is imported with enabled = false"),
        new("rpc_version", InService, 1, Behaviour, None, UsualKeys.NoRpc),
        new("rpc_number", InService, 1, Behaviour, None, "as rpc_version"),
        new("mdns", InService, 1, Cosmetic, None, "xinetd itself has not read it since its library died; avahi-publish announces services"),
    ];

    /// <summary>The words of <c>flags</c>.</summary>
    public static readonly ImmutableArray<XinetdWord> Flags =
    [
        new("IPv4", Access, "listen", "\"0.0.0.0:PORT\""),
        new("IPv6", Access, "listen", "a port alone is IPv6 and IPv4, as in xinetd"),
        new("NAMEINARGS", Behaviour, "argv0", "in any order; xinetd crashes when it stands after server_args"),
        new("NODELAY", Behaviour, "nodelay"),
        new("KEEPALIVE", Behaviour, "keepalive", "the default here"),
        new("REUSE", Cosmetic, "always", "as in xinetd"),
        new("SENSOR", Access, "sensor", "TCP only: anybody can send a datagram in another's name"),
        new("NORETRY", Behaviour, "always", "a launch that fails is a refusal, at once"),
        new("NOLIBWRAP", Access, "always", "libwrap is never asked"),
        new("INTERCEPT", Access, None, "a process between client and server to check datagrams; a firewall does that"),
        new("IDONLY", Access, None, UsualKeys.NoIdent),
        new("LABELED", Program, None, "SELinux labels of connections are not passed on"),
    ];

    /// <summary>The words of <c>type</c>.</summary>
    public static readonly ImmutableArray<XinetdWord> Types =
    [
        new("UNLISTED", Behaviour, "always", "a port never needs to be in /etc/services"),
        new("INTERNAL", Behaviour, "builtin", "echo discard time daytime chargen tcpmux; over UDP with builtin_udp = true"),
        new("TCPMUX", Behaviour, "tcpmux = true", "with superd's '+', where the program said it before"),
        new("TCPMUXPLUS", Behaviour, "tcpmux = true"),
        new("RPC", Behaviour, None, UsualKeys.NoRpc),
        new("SPECIAL", Cosmetic, None, "nothing in xinetd either"),
    ];

    private static readonly Dictionary<string, XinetdAttribute> s_byName = Rows.ToDictionary(row => row.Name);

    /// <summary>The row of an attribute by its lower-case name; null when xinetd has no such attribute.</summary>
    public static XinetdAttribute? Find(string name) => s_byName.GetValueOrDefault(name);

    /// <summary>The row of a word, in any case; null when xinetd does not know it.</summary>
    public static XinetdWord? Find(ImmutableArray<XinetdWord> table, string name) =>
        table.FirstOrDefault(row => row.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
