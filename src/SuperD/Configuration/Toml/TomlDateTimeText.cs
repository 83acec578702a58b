using System.Globalization;

namespace SuperD.Configuration.Toml;

/// <summary>Reads the four date and time forms of RFC 3339 that TOML has, or finds what is wrong with one.</summary>
/// <remarks>Not left to Tomlyn, which has no value for a time with more than seven digits behind its point.</remarks>
internal static class TomlDateTimeText
{
    private const string AllForms = "write 1979-05-27, 07:32:00 or 1979-05-27T07:32:00Z";
    private const string DateShape = "9999-99-99";
    private const int TicksDigits = 7; // .NET counts in 100 ns; further digits of a second's fraction are dropped, as TOML allows

    /// <summary>Whether the word has the form of a full date, <c>1979-05-27</c>, whatever the numbers.</summary>
    public static bool IsDateShaped(ReadOnlySpan<char> word) => Take(ref word, DateShape).Length > 0 && word.IsEmpty;

    /// <summary>Whether the word was probably meant as a date or a time: two dashes between digits, or a colon after one or two.</summary>
    public static bool IsDateOrTimeShaped(ReadOnlySpan<char> word)
    {
        int digits = CountDigits(word);
        ReadOnlySpan<char> after = word[Math.Min(digits + 1, word.Length)..];
        int more = CountDigits(after);
        return digits > 0 && more > 0 && (word[digits] == '-' ? after[more..].StartsWith('-') : word[digits] == ':' && digits <= 2);
    }

    /// <summary>The value, or null and what is wrong with it.</summary>
    public static TomlDateTimeValue? Read(ReadOnlySpan<char> word, out string? mistake)
    {
        ReadOnlySpan<char> rest = word;
        TomlDateTimeValue? value = Read(ref rest, out mistake);
        bool isRead = mistake is null && rest.IsEmpty && value is not null;
        mistake = isRead ? null : $"{TomlQuote.Show(word)} is not a date or time: {mistake ?? AllForms}";
        return isRead ? value : null;
    }

    private static TomlDateTimeValue? Read(ref ReadOnlySpan<char> rest, out string? mistake)
    {
        mistake = null;
        DateOnly? date = null;
        if (Take(ref rest, DateShape) is { IsEmpty: false } text)
        {
            (int year, int month, int day) = (Number(text[..4]), Number(text[5..7]), Number(text[8..]));
            mistake = OutOf("year", year, 1, 9999) ?? OutOf("month", month, 1, 12)
                ?? OutOf("day", day, 1, DateTime.DaysInMonth(year, month));
            date = mistake is null ? new DateOnly(year, month, day) : null;
            if (mistake is not null || rest is not ['T' or 't' or ' ', ..])
            {
                return new TomlDateTimeValue(date, null, null);
            }

            rest = rest[1..];
        }

        TimeOnly? time = ReadTime(ref rest, ref mistake);
        TimeSpan? offset = date is null || time is null || rest.IsEmpty ? null : ReadOffset(ref rest, ref mistake);
        return time is null ? null : new TomlDateTimeValue(date, time, offset);
    }

    private static TimeOnly? ReadTime(ref ReadOnlySpan<char> rest, ref string? mistake)
    {
        ReadOnlySpan<char> text = Take(ref rest, "99:99");
        if (text.IsEmpty)
        {
            return null;
        }

        ReadOnlySpan<char> seconds = Take(ref rest, ":99");
        int digits = rest.StartsWith('.') ? CountDigits(rest[1..]) : -1;
        (int hour, int minute, int second) = (Number(text[..2]), Number(text[3..]), seconds.IsEmpty ? 0 : Number(seconds[1..]));
        mistake = OutOf("hour", hour, 0, 23) ?? OutOf("minute", minute, 0, 59) ?? OutOf("second", second, 0, 59)
            ?? (seconds.IsEmpty && rest is [':' or '.', ..] ? "its seconds are written 07:32:00 or 07:32:00.5"
                : digits == 0 ? "digits are missing after its point; write them, or delete the point"
                : null);
        if (mistake is not null)
        {
            return null;
        }

        string ticks = digits < 0 ? "0" : rest.Slice(1, Math.Min(digits, TicksDigits)).ToString().PadRight(TicksDigits, '0');
        rest = rest[(digits + 1)..];
        return new TimeOnly(hour, minute, second).Add(TimeSpan.FromTicks(Number(ticks)));
    }

    private static TimeSpan? ReadOffset(ref ReadOnlySpan<char> rest, ref string? mistake)
    {
        if (rest is "Z" or "z")
        {
            rest = [];
            return TimeSpan.Zero;
        }

        int sign = rest[0] == '-' ? -1 : 1;
        ReadOnlySpan<char> text = Take(ref rest, sign < 0 ? "-99:99" : "+99:99");
        if (text.IsEmpty || !rest.IsEmpty)
        {
            mistake = "its offset from UTC is written Z, +01:00 or -08:00";
            return null;
        }

        (int hours, int minutes) = (Number(text[1..3]), Number(text[4..]));
        mistake = OutOf("hour of the offset", hours, 0, 23) ?? OutOf("minute of the offset", minutes, 0, 59);
        return mistake is null ? sign * new TimeSpan(hours, minutes, 0) : null;
    }

    private static string? OutOf(string what, int value, int min, int max) =>
        value < min || value > max ? $"the {what} must be {min} to {max}, found {value}" : null;

    /// <summary>Takes what has that shape from the beginning of the rest; nothing if it has another.</summary>
    /// <param name="shape">The characters that must be there; 9 stands for any digit.</param>
    private static ReadOnlySpan<char> Take(ref ReadOnlySpan<char> rest, string shape)
    {
        for (int i = 0; i < shape.Length; i++)
        {
            if (i == rest.Length || (shape[i] == '9' ? !char.IsAsciiDigit(rest[i]) : rest[i] != shape[i]))
            {
                return [];
            }
        }

        ReadOnlySpan<char> taken = rest[..shape.Length];
        rest = rest[shape.Length..];
        return taken;
    }

    private static int CountDigits(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }

    private static int Number(ReadOnlySpan<char> digits) => int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}
