using System.Globalization;
using SuperD.Configuration;

namespace SuperD.Admission;

/// <summary>Whether a service is open now, by the local time of its time zone. Loop only.</summary>
/// <remarks>
/// Windows are times of day: when the clocks change, a window can be longer or shorter, a skipped time never comes, and a repeated time
/// counts twice. Windows and time zones are in whole minutes, so an answer holds for a minute.
/// </remarks>
internal sealed class AccessTimes(AccessTimesDefinition definition, TimeProvider time)
{
    /// <summary>A week, and a day for a window that falls into a change of the clocks.</summary>
    private const int MostMinutes = 8 * AccessWindow.MinutesPerDay;

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
                _isOpen = Contains(utc);
            }

            return _isOpen;
        }
    }

    /// <summary>The windows, the clock, and when the service opens or closes next, human-readable.</summary>
    /// <param name="closedFor">How long it is closed; zero while it is open, or if it never opens.</param>
    public string Explain(out TimeSpan closedFor)
    {
        bool isOpen = IsOpen;
        DateTime utc = time.GetUtcNow().UtcDateTime;
        DateTime minute = new(utc.Ticks - (utc.Ticks % TimeSpan.TicksPerMinute), DateTimeKind.Utc);

        // Minute by minute, as the clocks may change meanwhile.
        int minutes = Enumerable.Range(1, MostMinutes).FirstOrDefault(ahead => Contains(minute.AddMinutes(ahead)) != isOpen);
        closedFor = isOpen || minutes == 0 ? TimeSpan.Zero : minute.AddMinutes(minutes) - utc;
        string next = minutes == 0 ? (isOpen ? "always open" : "it never opens")
            : $"it {(isOpen ? "closes" : "opens")} {Clock(minute.AddMinutes(minutes))}";
        string windows = string.Join(", ", definition.Windows);
        return $"{(isOpen ? "open" : "closed")}: {windows}; it is {Clock(utc)} ({definition.Zone.Id}), {next}";
    }

    private bool Contains(DateTime utc)
    {
        DateTime local = TimeZoneInfo.ConvertTimeFromUtc(utc, definition.Zone);
        return definition.Windows.Any(window => window.Contains(local));
    }

    private string Clock(DateTime utc) =>
        TimeZoneInfo.ConvertTimeFromUtc(utc, definition.Zone).ToString("ddd HH:mm", CultureInfo.InvariantCulture);
}
