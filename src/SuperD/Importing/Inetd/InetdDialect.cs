using System.Collections.Immutable;

namespace SuperD.Importing.Inetd;

/// <summary>The differences between the inetds of Debian in reading inetd.conf.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Program">Its name in comments.</param>
/// <param name="MostPerMinute">The default limit on launches of one service per minute.</param>
/// <param name="PlainIsV4">True: <c>tcp</c> is IPv4 only and <c>tcp6</c> is both. False: <c>tcp</c> is both and <c>tcp6</c> IPv6.</param>
/// <param name="HasQuotes">True: quotes keep words together. False: they are part of the words.</param>
/// <param name="HasContinuation">True: a line that starts with a blank continues the previous one.</param>
internal sealed record InetdDialect(string Name, string Program, int MostPerMinute, bool PlainIsV4, bool HasQuotes, bool HasContinuation)
{
    /// <summary>Debian's default inetd.</summary>
    public static readonly InetdDialect OpenBsd =
        new("openbsd", "openbsd-inetd", 256, PlainIsV4: false, HasQuotes: false, HasContinuation: true);

    /// <summary>The inetd of GNU inetutils.</summary>
    public static readonly InetdDialect Inetutils =
        new("inetutils", "inetutils-inetd", 40, PlainIsV4: true, HasQuotes: true, HasContinuation: false);

    /// <summary>The known dialects.</summary>
    public static readonly ImmutableArray<InetdDialect> All = [OpenBsd, Inetutils];

    /// <summary>The dialect with that name, which must be one of <see cref="All"/>.</summary>
    public static InetdDialect Of(string name) => All.First(dialect => dialect.Name == name);
}
