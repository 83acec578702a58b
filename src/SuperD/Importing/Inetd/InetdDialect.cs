using System.Collections.Immutable;

namespace SuperD.Importing.Inetd;

/// <summary>The differences between the inetds of Debian and FreeBSD in reading inetd.conf.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Program">Its name in comments.</param>
/// <param name="MostPerMinute">The default limit on launches of one service per minute.</param>
/// <param name="PlainIsV4">True: <c>tcp</c> is IPv4 only. False: it is both.</param>
/// <param name="SixIsV6Only">True: <c>tcp6</c> is IPv6 only. False: it is both.</param>
/// <param name="SocketMode">The mode of a Unix-domain socket for which none is written; null: it has no such sockets.</param>
/// <param name="HasSocketOwner">True: a path may have <c>:USER:GROUP:MODE:</c> before it.</param>
/// <param name="HasQuotes">True: quotes keep words together. False: they are part of the words.</param>
/// <param name="HasContinuation">True: a line that starts with a blank continues the previous one.</param>
/// <param name="AsksLibwrap">True: it asks hosts.allow and hosts.deny about the clients of each service.</param>
/// <param name="HasPolicies">True: a line <c>#@ POLICY</c> asks for IPsec in the lines that follow.</param>
internal sealed record InetdDialect(
    string Name,
    string Program,
    int MostPerMinute,
    bool PlainIsV4,
    bool SixIsV6Only,
    string? SocketMode,
    bool HasSocketOwner = false,
    bool HasQuotes = false,
    bool HasContinuation = true,
    bool AsksLibwrap = false,
    bool HasPolicies = false)
{
    /// <summary>Debian's default inetd.</summary>
    public static readonly InetdDialect OpenBsd =
        new("openbsd", "openbsd-inetd", 256, PlainIsV4: false, SixIsV6Only: true, SocketMode: "666");

    /// <summary>The inetd of GNU inetutils.</summary>
    public static readonly InetdDialect Inetutils =
        new(
            "inetutils",
            "inetutils-inetd",
            40,
            PlainIsV4: true,
            SixIsV6Only: false,
            SocketMode: null,
            HasQuotes: true,
            HasContinuation: false);

    /// <summary>The inetd of FreeBSD, which rc.conf(5) starts with -wW: it asks libwrap.</summary>
    public static readonly InetdDialect FreeBsd =
        new(
            "freebsd",
            "FreeBSD's inetd",
            256,
            PlainIsV4: true,
            SixIsV6Only: true,
            SocketMode: "200",
            HasSocketOwner: true,
            AsksLibwrap: true,
            HasPolicies: true);

    /// <summary>The known dialects.</summary>
    public static readonly ImmutableArray<InetdDialect> All = [OpenBsd, Inetutils, FreeBsd];

    /// <summary>The dialect with that name, which must be one of <see cref="All"/>.</summary>
    public static InetdDialect Of(string name) => All.First(dialect => dialect.Name == name);
}
