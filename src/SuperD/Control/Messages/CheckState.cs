using System.Text.Json.Serialization;

namespace SuperD.Control.Messages;

/// <summary>What one check says of a client.</summary>
/// <param name="Check">The reason it would be in the log.</param>
/// <param name="Outcome"><c>off</c>, <c>passes</c> or <c>refuses</c>.</param>
/// <param name="Detail">What it goes by, with its counts of this moment.</param>
/// <param name="RetryAfterMs">When it is worth trying again; absent when that cannot be told.</param>
internal sealed record CheckState([property: JsonRequired] string Check, [property: JsonRequired] string Outcome, [property: JsonRequired] string Detail, long? RetryAfterMs);
