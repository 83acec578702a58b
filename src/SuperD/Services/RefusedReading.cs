using System.Collections.Immutable;
using SuperD.Configuration;

namespace SuperD.Services;

/// <summary>What the last reload has found in the files, which was not applied. What superd serves is of an earlier reading.</summary>
/// <param name="AtMs">When it failed, as the loop's <c>NowMs</c>.</param>
/// <param name="Broken">The files at fault; also those whose address could not be bound.</param>
internal sealed record RefusedReading(long AtMs, ImmutableArray<BrokenFile> Broken);
