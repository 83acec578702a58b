namespace SuperD.Configuration;

/// <summary>A part of the week in local time: <c>Mon-Fri 08:00-18:00</c>. It may pass midnight.</summary>
/// <param name="Days">The days it starts on, one bit each: 1 shifted by the <see cref="DayOfWeek"/>.</param>
/// <param name="Start">The first minute of the day inside it, 0 to 1439.</param>
/// <param name="End">The first minute after it, 0 to 1440; on the next day unless it is after <paramref name="Start"/>.</param>
internal readonly record struct AccessWindow(int Days, int Start, int End)
{
    /// <summary>The <see cref="Days"/> of a whole week.</summary>
    public const int EveryDay = 0b111_1111;

    /// <summary>The largest <see cref="End"/>.</summary>
    public const int MinutesPerDay = 24 * 60;

    private static readonly string[] s_days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

    /// <summary>As it is written: <c>Mon-Fri 08:00-18:00</c>.</summary>
    public override string ToString()
    {
        string times = $"{Clock(Start)}-{Clock(End)}";
        return Days == EveryDay ? times : $"{DaysToText()} {times}";
    }

    /// <summary>Whether a local time is inside the window.</summary>
    public bool Contains(DateTime local)
    {
        int minute = (local.Hour * 60) + local.Minute;
        int today = 1 << (int)local.DayOfWeek;
        int yesterday = 1 << ((int)local.DayOfWeek + 6) % 7;
        return Start < End
            ? (Days & today) != 0 && minute >= Start && minute < End
            : ((Days & today) != 0 && minute >= Start) || ((Days & yesterday) != 0 && minute < End);
    }

    private static string Clock(int minute) => $"{minute / 60:00}:{minute % 60:00}";

    /// <summary>Days and ranges of days, from Monday on.</summary>
    private string DaysToText()
    {
        var parts = new List<string>();
        for (int day = 1; day <= s_days.Length; day++)
        {
            int first = day;
            while (Has(day) && Has(day + 1) && day < s_days.Length)
            {
                day++;
            }

            if (Has(day))
            {
                string last = s_days[day % s_days.Length];
                parts.Add(first == day ? last : $"{s_days[first]}-{last}");
            }
        }

        return string.Join(',', parts);
    }

    private bool Has(int day) => (Days & (1 << (day % s_days.Length))) != 0;
}
