using System.Collections.Immutable;

namespace SuperD.Importing.Inetd;

/// <summary>A line of inetd.conf that configures a service, split into words.</summary>
/// <param name="Place">The line.</param>
/// <param name="Words">Its words, at least one.</param>
/// <param name="Policy">The IPsec policy that a line <c>#@</c> before it asks for; null for none.</param>
/// <param name="IsOff">Whether it is commented out with <c>#&lt;off&gt;#</c>, as Debian's update-inetd disables a line.</param>
internal sealed record InetdLine(SourceLine Place, ImmutableArray<string> Words, string? Policy, bool IsOff);
