using System.Globalization;

namespace SuperD.Configuration.Toml;

/// <summary>Reads the four date and time forms of RFC 3339 that TOML has.</summary>
internal ref struct TomlDateTimeReader
{
    private const string AllForms = "write 1979-05-27, 07:32:00 or 1979-05-27T07:32:00Z";
    private const int DateLength = 10; // 1979-05-27
    private const int TicksDigits = 7; // .NET counts in 100 ns; further digits of a second's fraction are dropped, as TOML allows

    private ReadOnlySpan<char> rest;
    private string? problem;

    private TomlDateTimeReader(ReadOnlySpan<char> word) => rest = word;

    /// <summary>Whether the word has the form of a full date, <c>1979-05-27</c>, whatever the numbers.</summary>
    public static bool IsDateShaped(ReadOnlySpan<char> word) => word.Length == DateLength && Shape(word) is "9999-99-99";

    /// <summary>Whether the word was probably meant as a date or a time: two dashes between digits, or a colon after one or two.</summary>
    public static bool IsDateOrTimeShaped(ReadOnlySpan<char> word)
    {
        int digits = CountDigits(word);
        if (digits == 0 || digits == word.Length)
        {
            return false;
        }

        ReadOnlySpan<char> after = word[(digits + 1)..];
        int more = CountDigits(after);
        return word[digits] switch
        {
            '-' => more > 0 && after[more..].StartsWith('-'),
            ':' => digits <= 2 && more > 0,
            _ => false,
        };
    }

    /// <summary>The value, or null and what is wrong with it.</summary>
    public static TomlDateTimeValue? Read(ReadOnlySpan<char> word, out string? problem)
    {
        TomlDateTimeReader reader = new(word);
        TomlDateTimeValue? value = reader.ReadAny();
        bool isRead = value is not null && reader.rest.IsEmpty;
        problem = isRead ? null : $"{TomlQuote.Show(word)} is not a date or time: {reader.problem ?? AllForms}";
        return isRead ? value : null;
    }

    private TomlDateTimeValue? ReadAny()
    {
        if (rest.Length < DateLength || !IsDateShaped(rest[..DateLength]))
        {
            return ReadTime() is { } localTime ? new TomlDateTimeValue(null, localTime, null) : null;
        }

        if (ReadDate() is not { } date)
        {
            return null;
        }

        if (rest.IsEmpty)
        {
            return new TomlDateTimeValue(date, null, null);
        }

        if (rest[0] is not ('T' or 't' or ' '))
        {
            return null;
        }

        rest = rest[1..];
        if (ReadTime() is not { } time)
        {
            return null;
        }

        return rest.IsEmpty ? new TomlDateTimeValue(date, time, null)
            : ReadOffset() is { } offset ? new TomlDateTimeValue(date, time, offset)
            : null;
    }

    private DateOnly? ReadDate()
    {
        int year = Number(rest[..4]);
        int month = Number(rest[5..7]);
        int day = Number(rest[8..10]);
        rest = rest[DateLength..];
        if (!IsIn("year", year, 1, 9999) || !IsIn("month", month, 1, 12))
        {
            return null;
        }

        return IsIn("day", day, 1, DateTime.DaysInMonth(year, month)) ? new DateOnly(year, month, day) : null;
    }

    private TimeOnly? ReadTime()
    {
        const int length = 8; // 07:32:00
        if (rest.Length < length || Shape(rest[..length]) is not "99:99:99")
        {
            if (rest.Length >= 5 && Shape(rest[..5]) is "99:99")
            {
                problem = "a time needs its seconds; write it as 07:32:00";
            }

            return null;
        }

        int hour = Number(rest[..2]);
        int minute = Number(rest[3..5]);
        int second = Number(rest[6..8]);
        rest = rest[length..];
        if (!IsIn("hour", hour, 0, 23) || !IsIn("minute", minute, 0, 59) || !IsIn("second", second, 0, 59))
        {
            return null;
        }

        return ReadFraction() is { } ticks ? new TimeOnly(hour, minute, second).Add(TimeSpan.FromTicks(ticks)) : null;
    }

    private int? ReadFraction()
    {
        if (!rest.StartsWith('.'))
        {
            return 0;
        }

        int digits = CountDigits(rest[1..]);
        if (digits == 0)
        {
            problem = "digits are missing after its point; write them, or delete the point";
            return null;
        }

        int ticks = 0;
        for (int i = 0; i < TicksDigits; i++)
        {
            ticks = (ticks * 10) + (i < digits ? rest[i + 1] - '0' : 0);
        }

        rest = rest[(digits + 1)..];
        return ticks;
    }

    private TimeSpan? ReadOffset()
    {
        if (rest is "Z" or "z")
        {
            rest = [];
            return TimeSpan.Zero;
        }

        if (Shape(rest) is not ("+99:99" or "-99:99"))
        {
            problem = "its offset from UTC is written Z, +01:00 or -08:00";
            return null;
        }

        int hours = Number(rest[1..3]);
        int minutes = Number(rest[4..6]);
        int sign = rest[0] == '-' ? -1 : 1;
        rest = [];
        return IsIn("hour of the offset", hours, 0, 23) && IsIn("minute of the offset", minutes, 0, 59)
            ? sign * new TimeSpan(hours, minutes, 0)
            : null;
    }

    private bool IsIn(string what, int value, int min, int max)
    {
        if (value >= min && value <= max)
        {
            return true;
        }

        problem = $"the {what} must be {min} to {max}, found {value}";
        return false;
    }

    // Every digit as a 9, so that a form is compared at one glance; empty for what is longer than any form.
    private static string Shape(ReadOnlySpan<char> text)
    {
        if (text.Length > DateLength)
        {
            return "";
        }

        Span<char> shape = stackalloc char[text.Length];
        for (int i = 0; i < text.Length; i++)
        {
            shape[i] = char.IsAsciiDigit(text[i]) ? '9' : text[i];
        }

        return new string(shape);
    }

    private static int CountDigits(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }

    private static int Number(ReadOnlySpan<char> digits) => int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}
