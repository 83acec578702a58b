namespace SuperD.Configuration;

/// <summary>A part of the week, by the clock on the wall: <c>Mon-Fri 08:00-18:00</c>; when it ends before it starts, it ends the next day.</summary>
/// <param name="Days">The days it starts on, bit by bit: 1 shifted by the <see cref="DayOfWeek"/>.</param>
/// <param name="Start">First minute of the day that is in it, 0 to 1439.</param>
/// <param name="End">First minute that is not, 0 to 1440; of the next day when it is not after <paramref name="Start"/>.</param>
internal readonly record struct AccessWindow(int Days, int Start, int End)
{
    public const int EveryDay = 0b111_1111;

    public const int MinutesPerDay = 24 * 60;

    public bool Contains(DateTime local)
    {
        int minute = (local.Hour * 60) + local.Minute;
        int today = 1 << (int)local.DayOfWeek;
        int yesterday = 1 << ((int)local.DayOfWeek + 6) % 7;
        return Start < End
            ? (Days & today) != 0 && minute >= Start && minute < End
            : ((Days & today) != 0 && minute >= Start) || ((Days & yesterday) != 0 && minute < End);
    }
}
