using System.Text.Json.Serialization;

namespace SuperD.Control.Messages;

/// <summary>What one admission check says about a client.</summary>
/// <param name="Check">The reason that the log would give for a refusal; or <c>state</c>, that of the service.</param>
/// <param name="Outcome"><c>off</c>, <c>passes</c>, <c>waits</c>, <c>refuses</c>; <c>fails</c>: admitted, and not served.</param>
/// <param name="Detail">What it checks, with its counts of this moment.</param>
/// <param name="RetryAfterMs">When it is worth trying again; absent when that is not known.</param>
internal sealed record CheckState(
    [property: JsonRequired] string Check,
    [property: JsonRequired] string Outcome,
    [property: JsonRequired] string Detail,
    long? RetryAfterMs);
