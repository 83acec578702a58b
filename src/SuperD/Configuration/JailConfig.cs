using System.Collections.Immutable;

namespace SuperD.Configuration;

/// <summary>Key <c>jail</c> as written; null means not written.</summary>
/// <param name="Tmp">The size of /tmp in bytes; 0 = none.</param>
/// <param name="Proc">Whether there is a /proc.</param>
/// <param name="Hostname">Its host name.</param>
/// <param name="Devices">Devices beside those that every jail has.</param>
/// <param name="Bind">Paths in the jail, and what is there: paths outside it.</param>
internal sealed record JailConfig(
    Written<ulong>? Tmp,
    Written<bool>? Proc,
    Written<string>? Hostname,
    ImmutableArray<Written<string>> Devices,
    ImmutableArray<(Written<string> Target, Written<string> Source)> Bind);
