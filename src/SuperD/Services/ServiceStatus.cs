namespace SuperD.Services;

/// <summary>A service as it is at a moment, for people.</summary>
/// <param name="Addresses">What it listens on, real ports; an address it still waits for as it is written. Empty for a service that is reached by tcpmux only.</param>
/// <param name="State">One word.</param>
internal sealed record ServiceStatus(string Name, IReadOnlyList<string> Addresses, Occupancy Occupancy, string State);
