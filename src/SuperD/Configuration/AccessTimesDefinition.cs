using System.Collections.Immutable;

namespace SuperD.Configuration;

/// <summary>When a service is open: in any of the windows, by the clock of a time zone. Keys <c>access_times</c> and <c>time_zone</c>.</summary>
internal sealed record AccessTimesDefinition(ImmutableArray<AccessWindow> Windows, TimeZoneInfo Zone);
