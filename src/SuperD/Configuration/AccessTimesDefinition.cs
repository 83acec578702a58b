using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>When a service is open: in any of the windows, in the time of a zone. Keys <c>access_times</c>, <c>time_zone</c>.</summary>
/// <param name="Windows">The windows, one or more.</param>
/// <param name="Zone">The time zone.</param>
internal sealed record AccessTimesDefinition(ValueArray<AccessWindow> Windows, TimeZoneInfo Zone);
