using System.Collections.Immutable;

namespace SuperD.Importing.Inetd;

/// <summary>A line of inetd.conf that configures a service, split into its words.</summary>
/// <param name="IsOff">It is commented out with <c>#&lt;off&gt;#</c>, as Debian's update-inetd does to disable it.</param>
internal sealed record InetdLine(SourceLine Place, ImmutableArray<string> Words, bool IsOff);
