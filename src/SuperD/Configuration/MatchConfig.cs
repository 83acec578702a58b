using System.Collections.Immutable;

namespace SuperD.Configuration;

/// <summary>One rule of <c>match</c> as written; null means absent.</summary>
internal sealed record MatchConfig
{
    /// <summary>Whom it is for; null only with an error.</summary>
    public Written<ImmutableArray<Written<AccessItemConfig>>>? From { get; init; }

    /// <summary>Variables that are added to those of the service.</summary>
    public ImmutableArray<Written<KeyValuePair<string, string>>> Environment { get; init; } = [];

    /// <summary>The program to run in place of the service's own.</summary>
    public Written<ImmutableArray<string>>? Exec { get; init; }
}
