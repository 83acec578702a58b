using System.Collections.Immutable;
using System.Net;

namespace SuperD.Relaying;

/// <summary>The result of looking up a backend's name.</summary>
/// <param name="Addresses">In the order to try them; empty if the lookup failed.</param>
/// <param name="Problem">Why the lookup failed; null if it did not.</param>
internal readonly record struct BackendAddresses(ImmutableArray<IPAddress> Addresses, string? Problem);
