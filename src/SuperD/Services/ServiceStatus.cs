namespace SuperD.Services;

/// <summary>A snapshot of a service, for people.</summary>
/// <param name="Addresses">
/// What it listens on, with real ports; an address not bound yet is as configured. Empty for a service that is reached only by tcpmux.
/// </param>
/// <param name="State">One word.</param>
internal sealed record ServiceStatus(string Name, IReadOnlyList<string> Addresses, Occupancy Occupancy, string State);
