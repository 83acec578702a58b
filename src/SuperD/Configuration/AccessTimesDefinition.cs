using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>When a service is open: in any of the windows, by the clock of a time zone. Keys <c>access_times</c> and <c>time_zone</c>.</summary>
internal sealed record AccessTimesDefinition(ValueArray<AccessWindow> Windows, TimeZoneInfo Zone);
