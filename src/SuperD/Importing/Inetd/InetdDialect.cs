using System.Collections.Immutable;

namespace SuperD.Importing.Inetd;

/// <summary>What the inetds of Debian take the same words of inetd.conf for.</summary>
/// <param name="Name">The word of the command line.</param>
/// <param name="Program">What it is called in comments.</param>
/// <param name="MostPerMinute">Launches of one service in a minute unless the line says otherwise.</param>
/// <param name="PlainIsV4">True: <c>tcp</c> is IPv4 only and <c>tcp6</c> is both; false: <c>tcp</c> is both and <c>tcp6</c> is IPv6 only.</param>
/// <param name="HasQuotes">True: quotes keep words together; false: they are part of the words.</param>
/// <param name="HasContinuation">True: a line that begins with a blank goes on with the one before.</param>
internal sealed record InetdDialect(string Name, string Program, int MostPerMinute, bool PlainIsV4, bool HasQuotes, bool HasContinuation)
{
    /// <summary>Debian's usual one.</summary>
    public static readonly InetdDialect OpenBsd = new("openbsd", "openbsd-inetd", 256, PlainIsV4: false, HasQuotes: false, HasContinuation: true);

    public static readonly InetdDialect Inetutils = new("inetutils", "inetutils-inetd", 40, PlainIsV4: true, HasQuotes: true, HasContinuation: false);

    public static readonly ImmutableArray<InetdDialect> All = [OpenBsd, Inetutils];

    /// <summary>The dialect of that name, which is one of <see cref="All"/>.</summary>
    public static InetdDialect Of(string name) => All.First(dialect => dialect.Name == name);
}
