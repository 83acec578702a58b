using System.Globalization;
using System.Text.RegularExpressions;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>Days, a time of day, or both: <c>"Mon-Fri 08:00-18:00"</c>, <c>"22:00-06:00"</c>, <c>"Sat,Sun"</c>.</summary>
internal sealed partial class AccessWindowForm : ValueForm<AccessWindow>
{
    private const string Allowed = "days and times such as \"Mon-Fri 08:00-18:00\", \"22:00-06:00\" or \"Sat,Sun\"";

    private const string OfTime = "(?:0?[0-9]|1[0-9]|2[0-3]):[0-5][0-9]";
    private const string OfTimes = $"{OfTime}-(?:{OfTime}|24:00)";

    private static readonly string[] s_dayNames = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

    private static string OfDays
    {
        get
        {
            string day = $"(?:{string.Join('|', s_dayNames.Select(Schema.AnyCase))})";
            return $"{day}(?:-{day})?(?:,{day}(?:-{day})?)*";
        }
    }

    public override string Type => "days and times";

    public override Schema Schema => Schema.Text($" *(?:{OfDays}(?: +{OfTimes})?|{OfTimes}) *");

    public override bool TryRead(TomlNode node, ValueReader reader, out AccessWindow value)
    {
        value = default;
        if (!reader.TryText(node, Allowed, out string text))
        {
            return false;
        }

        if (!TryParse(text, out value))
        {
            return reader.NotAllowed(node, Allowed, Guess(text));
        }

        return value.Start != value.End
            || reader.Fail(node, $"{reader.Key}: {Wording.Quote(text)} ends when it starts; write 00:00-24:00 for the whole day");
    }

    private static bool TryParse(string text, out AccessWindow value)
    {
        value = default;
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bool hasTime = words.Length > 0 && words[^1].Contains(':');
        bool hasDays = words.Length == (hasTime ? 2 : 1);
        int days = AccessWindow.EveryDay;
        int start = 0;
        int end = AccessWindow.MinutesPerDay;
        if (words.Length is 0 or > 2
            || (words.Length == 2 && !hasTime)
            || (hasDays && !TryReadDays(words[0], out days))
            || (hasTime && !TryReadTimes(words[^1], out start, out end)))
        {
            return false;
        }

        value = new AccessWindow(days, start, end);
        return true;
    }

    /// <summary>What is most likely meant by days in full and hours without minutes: <c>Monday 8-18</c>; null without a guess.</summary>
    private static string? Guess(string text)
    {
        string days = FullDay().Replace(text, day => char.ToUpperInvariant(day.Value[0]) + day.Value[1..3].ToLowerInvariant());
        string guess = Hours().Replace(days, hours => $"{Time(hours.Groups[1], hours.Groups[2])}-{Time(hours.Groups[3], hours.Groups[4])}");
        string[] words = guess.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string turned = words.Length == 2 ? $"{words[1]} {words[0]}" : guess;
        return Array.Find([guess, turned], text => TryParse(text, out AccessWindow window) && window.Start != window.End);

        static string Time(Group hour, Group minute) => $"{hour.Value.PadLeft(2, '0')}:{(minute.Success ? minute.Value : "00")}";
    }

    /// <summary>Days and ranges of days, separated by commas; a range may pass the end of the week.</summary>
    private static bool TryReadDays(string text, out int days)
    {
        days = 0;
        foreach (string part in text.Split(','))
        {
            int dash = part.IndexOf('-');
            int first = DayOf(dash < 0 ? part : part[..dash]);
            int last = DayOf(part[(dash + 1)..]);
            if (first < 0 || last < 0)
            {
                return false;
            }

            for (int day = first; ; day = (day + 1) % s_dayNames.Length)
            {
                days |= 1 << day;
                if (day == last)
                {
                    break;
                }
            }
        }

        return true;
    }

    private static int DayOf(string name) => Array.FindIndex(s_dayNames, day => day.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static bool TryReadTimes(string text, out int start, out int end)
    {
        end = 0;
        int dash = Math.Max(text.IndexOf('-'), 0);
        return TryReadTime(text.AsSpan(0, dash), out start)
            && start < AccessWindow.MinutesPerDay
            && TryReadTime(text.AsSpan(dash + 1), out end);
    }

    /// <summary><c>08:00</c> or <c>8:00</c>, up to <c>24:00</c>.</summary>
    private static bool TryReadTime(ReadOnlySpan<char> text, out int minutes)
    {
        int colon = Math.Max(text.IndexOf(':'), 0);
        minutes = 0;
        if (colon is < 1 or > 2
            || text.Length != colon + 3
            || !int.TryParse(text[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out int hour)
            || !int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int minute)
            || minute > 59)
        {
            return false;
        }

        minutes = (hour * 60) + minute;
        return minutes <= AccessWindow.MinutesPerDay;
    }

    [GeneratedRegex("\\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\\b", RegexOptions.IgnoreCase)]
    private static partial Regex FullDay();

    [GeneratedRegex(@"\b([0-9]{1,2})(?:[:.h]([0-9]{2}))? *- *([0-9]{1,2})(?:[:.h]([0-9]{2}))?$")]
    private static partial Regex Hours();
}
