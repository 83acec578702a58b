using System.Globalization;
using System.Text.RegularExpressions;

namespace SuperD.Importing.Systemd;

/// <summary>Parses the values of directives that have a unit.</summary>
internal static partial class SystemdValue
{
    private const string Infinity = "infinity";

    /// <summary>The units of systemd.time(7) in microseconds; a month and a year are averages.</summary>
    private static readonly (string[] Names, decimal Microseconds)[] s_units =
    [
        (["", "s", "sec", "second", "seconds"], 1_000_000m),
        (["us", "usec", "\u00b5s", "\u03bcs"], 1m),
        (["ms", "msec"], 1_000m),
        (["m", "min", "minute", "minutes"], 60_000_000m),
        (["h", "hr", "hour", "hours"], 3_600_000_000m),
        (["d", "day", "days"], 86_400_000_000m),
        (["w", "week", "weeks"], 7 * 86_400_000_000m),
        (["M", "month", "months"], 2_629_800_000_000m),
        (["y", "year", "years"], 31_557_600_000_000m),
    ];

    /// <summary>A size, where K M G T P E are powers of 1024, as superd writes it; null when it is not one.</summary>
    public static string? Size(string text)
    {
        if (text == Infinity)
        {
            return "unlimited";
        }

        Match match = SizeForm().Match(text);
        if (!match.Success || !decimal.TryParse(match.Groups[1].Value, CultureInfo.InvariantCulture, out decimal number))
        {
            return null;
        }

        string unit = match.Groups[2].Value;
        decimal factor = 1L << (10 * "BKMGTPE".IndexOf(unit, StringComparison.Ordinal));
        return number > ulong.MaxValue / factor ? null
            : decimal.IsInteger(number) && unit is "" or "K" or "M" or "G" or "T" ? match.Groups[1].Value + unit
            : decimal.Truncate(number * factor).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A time span in milliseconds, rounded up: <c>5</c>, <c>1min 30s</c>, <c>1.5 h</c>. Null: not one, or infinite.</summary>
    public static long? Milliseconds(string text)
    {
        const decimal Longest = 1e15m; // no sum of such numbers overflows
        decimal total = 0;
        int end = 0;
        foreach (Match match in SpanPart().Matches(text))
        {
            end = match.Index + match.Length;
            string unit = match.Groups[2].Value;
            decimal microseconds = Array.Find(s_units, one => one.Names.Contains(unit)).Microseconds;
            bool isNumber = decimal.TryParse(match.Groups[1].Value, CultureInfo.InvariantCulture, out decimal number);
            if (microseconds == 0 || !isNumber || number > Longest || (total += number * microseconds) > long.MaxValue)
            {
                return null;
            }
        }

        return text.Length > 0 && end == text.Length ? (long)Math.Ceiling(total / 1000) : null;
    }

    [GeneratedRegex(@"^\s*([0-9]{1,20}(?:\.[0-9]{1,8})?)\s*([BKMGTPE]?)$", RegexOptions.CultureInvariant)]
    private static partial Regex SizeForm();

    /// <summary>A number with its unit, right behind the one before.</summary>
    [GeneratedRegex(@"\G\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z\u00b5\u03bc]*)\s*", RegexOptions.CultureInvariant)]
    private static partial Regex SpanPart();
}
