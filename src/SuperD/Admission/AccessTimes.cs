using SuperD.Configuration;

namespace SuperD.Admission;

/// <summary>Whether a service is open now, by the clock on the wall of its time zone. Loop only.</summary>
/// <remarks>
/// Windows are times of day, so the night the clocks change has longer or shorter ones, a time that is skipped does not come, and one that comes
/// twice counts twice. Windows and time zones have whole minutes, so one answer holds for a minute.
/// </remarks>
internal sealed class AccessTimes(AccessTimesDefinition definition, TimeProvider time)
{
    private long _minute = -1;
    private bool _isOpen;

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
