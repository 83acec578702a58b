using System.Collections.Immutable;
using System.Net;

namespace SuperD.Relaying;

/// <summary>What looking a backend's name up gave.</summary>
/// <param name="Addresses">In the order to try them; empty when there are none.</param>
/// <param name="Problem">Why there are none; null when there are.</param>
internal readonly record struct BackendAddresses(ImmutableArray<IPAddress> Addresses, string? Problem);
