using System.Collections.Immutable;

namespace SuperD.Configuration;

/// <summary>Key <c>web</c> as written; null means not written.</summary>
/// <param name="Write">The file of the token.</param>
/// <param name="Hosts">Names by which browsers reach the page, beside those of the loopback interface.</param>
internal sealed record WebConfig(Written<string>? Write, ImmutableArray<Written<string>> Hosts);
