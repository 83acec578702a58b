using System.Globalization;

namespace SuperD.Configuration.Values;

/// <summary>What a number with a unit means when it is not written as superd reads it: <c>10 min</c>, <c>5S</c>, <c>512MB</c>.</summary>
/// <remarks>Every guess is text that superd reads; null means that there is none.</remarks>
internal static class UnitGuess
{
    private const int LongestText = 40;

    /// <summary>Far above any good value, and far below what a product with a unit could overflow.</summary>
    private const decimal MostUnits = 1_000_000_000_000;

    private static readonly string[] s_sizes = ["", "k", "m", "g", "t"];

    private static readonly string[] s_sizeWords = ["kilo", "kibi", "mega", "mebi", "giga", "gibi", "tera", "tebi"];

    private static readonly (string[] Words, string InRates, decimal Milliseconds)[] s_times =
    [
        (["ms", "msec", "msecs", "millisecond", "milliseconds"], "", 1),
        (["s", "sec", "secs", "second", "seconds", ""], "s", 1000),
        (["m", "min", "mins", "minute", "minutes"], "min", 60_000),
        (["h", "hr", "hrs", "hour", "hours"], "h", 3_600_000),
        (["d", "day", "days"], "d", 86_400_000),
        (["w", "week", "weeks"], "", 7 * 86_400_000),
    ];

    /// <summary>
    /// A duration: units in words and in any case, with blanks and fractions; a number alone counts seconds, and after an hour minutes
    /// (1h30). Never 0s.
    /// </summary>
    public static string? OfDuration(string text)
    {
        string rest = WithoutBlanks(text);
        decimal total = 0, last = 0;
        do
        {
            if (!TrySplit(ref rest, out decimal number, out string unit) || FindTime(unit) is not { } time || number > MostUnits)
            {
                return null;
            }

            decimal before = last;
            last = unit.Length == 0 && before > 0
                ? s_times.LastOrDefault(smaller => smaller.Milliseconds < before).Milliseconds
                : time.Milliseconds;
            if (last == 0)
            {
                return null;
            }

            total += number * last;
        }
        while (rest.Length > 0);

        return total <= (decimal)Duration.Longest.TotalMilliseconds && total > 0 && total == decimal.Truncate(total)
            ? Duration.ToText(TimeSpan.FromMilliseconds((long)total))
            : null;
    }

    /// <summary>A size: units in any case, as <c>MB</c> or <c>Mi</c> too, with blanks and fractions.</summary>
    public static string? OfSize(string text)
    {
        string rest = WithoutBlanks(text);
        if (!TrySplit(ref rest, out decimal number, out string unit) || rest.Length > 0 || number > MostUnits)
        {
            return null;
        }

        string word = unit.EndsWith("bytes", StringComparison.Ordinal) ? unit[..^5]
            : unit.EndsWith("byte", StringComparison.Ordinal) ? unit[..^4]
            : unit;
        string letter = s_sizeWords.Contains(word) ? word[..1] : word.TrimEnd('b').TrimEnd('i');
        int power = Array.IndexOf(s_sizes, letter);
        for (; power > 0 && number != decimal.Truncate(number); power--)
        {
            number *= 1024;
        }

        string guess = power < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{number:0.#}{s_sizes[power].ToUpperInvariant()}");
        return ByteSize.TryParse(guess, out _) ? guess : null;
    }

    /// <summary>
    /// A rate: <c>50/sec</c>, <c>50 per second</c>, <c>10/m, burst=3</c>, nginx's <c>50r/s</c>; xinetd's cps, <c>50 10</c>, is 50 a second.
    /// </summary>
    public static string? OfRate(string text)
    {
        string[] words = text.Length > LongestText ? [] : text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is 1 or 2 && words.All(word => word.All(char.IsAsciiDigit)))
        {
            return Rate.TryParse(words[0] + "/s", out _) ? words[0] + "/s" : null;
        }

        string rest = WithoutBlanks(text).Replace("per", "/");
        int burst = rest.IndexOf("burst", StringComparison.Ordinal);
        string[] refill = (burst < 0 ? rest : rest[..burst].TrimEnd(',')).Split('/');
        if (refill.Length != 2 || FindTime(refill[1]) is not { InRates.Length: > 0 } time)
        {
            return null;
        }

        string guess = $"{refill[0].TrimEnd('r')}/{time.InRates}"
            + (burst < 0 ? "" : $" burst {rest[(burst + "burst".Length)..].TrimStart('=', ':')}");
        return Rate.TryParse(guess, out _) ? guess : null;
    }

    private static (string InRates, decimal Milliseconds)? FindTime(string unit)
    {
        foreach ((string[] words, string inRates, decimal milliseconds) in s_times)
        {
            if (words.Contains(unit))
            {
                return (inRates, milliseconds);
            }
        }

        return null;
    }

    /// <summary>The text in lower case without blanks; empty, which is no value, for a long text.</summary>
    private static string WithoutBlanks(string text) =>
        text.Length > LongestText ? "" : string.Concat(text.Where(letter => !char.IsWhiteSpace(letter))).ToLowerInvariant();

    /// <summary>Takes a number and the letters after it from the start of a text; false when it starts with no number.</summary>
    private static bool TrySplit(ref string rest, out decimal number, out string unit)
    {
        int digits = LengthWhile(rest, 0, letter => char.IsAsciiDigit(letter) || letter == '.');
        int letters = LengthWhile(rest, digits, char.IsAsciiLetter);
        unit = rest.Substring(digits, letters);
        bool good = decimal.TryParse(rest.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
        rest = rest[(digits + letters)..];
        return good;
    }

    private static int LengthWhile(string text, int start, Func<char, bool> belongs)
    {
        int end = start;
        while (end < text.Length && belongs(text[end]))
        {
            end++;
        }

        return end - start;
    }
}
