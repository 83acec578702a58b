namespace SuperD.Configuration.Values;

/// <summary>Durations as text: <c>30s</c>, <c>500ms</c>, <c>1m30s</c>; numbers with units from large to small, each unit once.</summary>
internal static class Duration
{
    /// <summary>The accepted form, for messages.</summary>
    public const string Form = "a duration such as \"30s\", \"500ms\" or \"1m30s\" (units d, h, m, s, ms)";

    /// <summary>A year: a longer duration is a mistake, and would overflow some kernel timer.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    private static readonly (string Unit, long Milliseconds)[] s_units =
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

    /// <summary>The pattern of durations; none of their parts is longer than this in all, though their sum may be.</summary>
    /// <param name="mayBeZero">Whether 0 in all is one of them.</param>
    /// <param name="inSeconds">Whether they are whole seconds.</param>
    public static string Pattern(TimeSpan longest, bool mayBeZero = true, bool inSeconds = false)
    {
        IEnumerable<string> parts = s_units.Select(unit => $"(?:{Number(unit.Milliseconds)}{unit.Unit})?");
        return (mayBeZero ? "(?=[0-9])" : "(?=[0-9a-z]*[1-9])") + string.Concat(parts);

        string Number(long milliseconds) => inSeconds && milliseconds == 1
            ? "(?:0+|[0-9]{1,8}000)"
            : NumberPattern.Between(0, (ulong)longest.TotalMilliseconds / (ulong)milliseconds);
    }

    /// <summary>Parses a duration of at most <see cref="Longest"/>.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        long total = 0;
        int nextUnit = 0;
        int position = 0;
        while (position < text.Length)
        {
            int digits = CountWhile(text, position, char.IsAsciiDigit);
            int letters = CountWhile(text, position + digits, char.IsAsciiLetter);
            if (!long.TryParse(text.AsSpan(position, digits), out long number) || number > (long)Longest.TotalMilliseconds)
            {
                return false;
            }

            ReadOnlySpan<char> unit = text.AsSpan(position + digits, letters);
            int index = nextUnit;
            while (index < s_units.Length && !unit.SequenceEqual(s_units[index].Unit))
            {
                index++;
            }

            if (index == s_units.Length)
            {
                return false;
            }

            // number is at most a year in milliseconds and the unit at most a day: no overflow.
            total += number * s_units[index].Milliseconds;
            nextUnit = index + 1;
            position += digits + letters;
        }

        if (text.Length == 0 || total > (long)Longest.TotalMilliseconds)
        {
            return false;
        }

        duration = TimeSpan.FromMilliseconds(total);
        return true;
    }

    /// <summary>The shortest text that parses to the same duration: <c>1m30s</c>; <c>0s</c> for zero.</summary>
    public static string ToText(TimeSpan duration)
    {
        string text = "";
        long rest = (long)duration.TotalMilliseconds;
        foreach ((string unit, long milliseconds) in s_units)
        {
            if (rest >= milliseconds)
            {
                text += $"{rest / milliseconds}{unit}";
                rest %= milliseconds;
            }
        }

        return text.Length == 0 ? "0s" : text;
    }

    private static int CountWhile(string text, int start, Func<char, bool> belongs)
    {
        int end = start;
        while (end < text.Length && belongs(text[end]))
        {
            end++;
        }

        return end - start;
    }
}
