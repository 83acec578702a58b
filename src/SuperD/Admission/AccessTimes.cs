using SuperD.Configuration;

namespace SuperD.Admission;

/// <summary>Whether a service is open now, by the local time of its time zone. Loop only.</summary>
/// <remarks>
/// Windows are times of day: when the clocks change, a window can be longer or shorter, a skipped time never comes, and a repeated time
/// counts twice. Windows and time zones are in whole minutes, so an answer holds for a minute.
/// </remarks>
internal sealed class AccessTimes(AccessTimesDefinition definition, TimeProvider time)
{
    private long _minute = -1;
    private bool _isOpen;

    /// <summary>Whether the current time is in one of the windows.</summary>
    public bool IsOpen
    {
        get
        {
            DateTime utc = time.GetUtcNow().UtcDateTime;
            long minute = utc.Ticks / TimeSpan.TicksPerMinute;
            if (minute != _minute)
            {
                _minute = minute;
                DateTime local = TimeZoneInfo.ConvertTimeFromUtc(utc, definition.Zone);
                _isOpen = definition.Windows.Any(window => window.Contains(local));
            }

            return _isOpen;
        }
    }
}
