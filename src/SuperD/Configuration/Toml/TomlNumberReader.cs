using System.Globalization;

namespace SuperD.Configuration.Toml;

/// <summary>Reads integers in four bases, and floats.</summary>
internal static class TomlNumberReader
{
    /// <summary>The number, or null; then <paramref name="problem"/> says why, or is null when it does not look like one.</summary>
    public static TomlNode? Read(ReadOnlySpan<char> word, SourceSpan span, out string? problem)
    {
        ReadOnlySpan<char> digits = word.StartsWith('+') || word.StartsWith('-') ? word[1..] : word;
        bool isPrefixed = digits.Length > 1 && digits[0] == '0' && char.IsAsciiLetter(digits[1]) && digits[1] is not ('e' or 'E');
        return isPrefixed ? ReadPrefixed(word, digits, span, out problem) : ReadDecimal(word, digits, span, out problem);
    }

    private static TomlInteger? ReadPrefixed(ReadOnlySpan<char> word, ReadOnlySpan<char> digits, SourceSpan span, out string? problem)
    {
        problem = null;
        (int numberBase, string name) = digits[1] switch
        {
            'x' or 'X' => (16, "a hexadecimal number"),
            'o' or 'O' => (8, "an octal number"),
            'b' or 'B' => (2, "a binary number"),
            _ => (0, ""),
        };
        if (numberBase == 0)
        {
            return null;
        }

        string shown = TomlQuote.Show(word);
        ReadOnlySpan<char> group = digits[2..];
        if (word.Length != digits.Length)
        {
            problem = $"{shown} has a sign, which {name} may not have; write it decimal";
        }
        else if (char.IsAsciiLetterUpper(digits[1]))
        {
            problem = $"{shown} has an upper-case prefix; write 0{char.ToLowerInvariant(digits[1])}";
        }
        else if (!IsWellSpaced(group, numberBase))
        {
            problem = $"{shown} is not {name}; after 0{digits[1]} come digits of base {numberBase}, " +
                "with single underscores only between them";
        }
        else if (ValueOf(group, numberBase) is { } value)
        {
            return new TomlInteger(value, span);
        }
        else
        {
            problem = OutOfRange(word);
        }

        return null;
    }

    private static TomlNode? ReadDecimal(ReadOnlySpan<char> word, ReadOnlySpan<char> digits, SourceSpan span, out string? problem)
    {
        problem = null;
        int exponentAt = digits.IndexOfAny('e', 'E');
        ReadOnlySpan<char> mantissa = exponentAt < 0 ? digits : digits[..exponentAt];
        int pointAt = mantissa.IndexOf('.');
        ReadOnlySpan<char> whole = pointAt < 0 ? mantissa : mantissa[..pointAt];
        ReadOnlySpan<char> fraction = pointAt < 0 ? "0" : mantissa[(pointAt + 1)..];
        ReadOnlySpan<char> exponent = exponentAt < 0 ? "0" : digits[(exponentAt + 1)..];
        if (exponent.StartsWith('+') || exponent.StartsWith('-'))
        {
            exponent = exponent[1..];
        }

        bool isMeantAsNumber = word[0] != '_' && word.IndexOfAnyInRange('0', '9') >= 0
            && IsDigitsAndUnderscores(whole) && IsDigitsAndUnderscores(fraction) && IsDigitsAndUnderscores(exponent);
        if (!isMeantAsNumber)
        {
            return null;
        }

        string shown = TomlQuote.Show(word);
        if (whole.IsEmpty || fraction.IsEmpty)
        {
            problem = $"{shown} lacks a digit {(whole.IsEmpty ? "before" : "after")} its point; write a 0 there";
        }
        else if (exponent.IsEmpty)
        {
            problem = $"{shown} lacks the digits of its exponent; write them after the e";
        }
        else if (!IsWellSpaced(whole, 10) || !IsWellSpaced(fraction, 10) || !IsWellSpaced(exponent, 10))
        {
            problem = $"{shown} has an underscore that is not between two digits; write {TomlQuote.Show(WithoutUnderscores(word))}";
        }
        else if (whole.Length > 1 && whole[0] == '0')
        {
            problem = $"{shown} begins with a zero; {WithoutLeadingZeros(word, whole)}";
        }
        else if (pointAt < 0 && exponentAt < 0)
        {
            if (long.TryParse(WithoutUnderscores(word), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer))
            {
                return new TomlInteger(integer, span);
            }

            problem = OutOfRange(word);
        }
        else
        {
            double value = double.Parse(WithoutUnderscores(word), NumberStyles.Float, CultureInfo.InvariantCulture);
            if (double.IsFinite(value))
            {
                return new TomlFloat(value, span);
            }

            problem = $"{shown} is too large for a float; write inf if that is meant";
        }

        return null;
    }

    private static string OutOfRange(ReadOnlySpan<char> word) =>
        $"{TomlQuote.Show(word)} is out of range; an integer is from {long.MinValue} to {long.MaxValue}";

    // Permissions are the numbers that people write with a leading zero, and there they mean octal.
    private static string WithoutLeadingZeros(ReadOnlySpan<char> word, ReadOnlySpan<char> whole)
    {
        ReadOnlySpan<char> rest = whole.TrimStart("0_");
        bool isOctal = word.Length == whole.Length && !rest.IsEmpty && IsWellSpaced(rest, 8);
        return isOctal ? $"write 0o{TomlQuote.Show(rest)} if it is octal, else {TomlQuote.Show(rest)}" : "delete it";
    }

    private static string WithoutUnderscores(ReadOnlySpan<char> digits) => digits.ToString().Replace("_", "", StringComparison.Ordinal);

    private static bool IsDigitsAndUnderscores(ReadOnlySpan<char> group) => group.IndexOfAnyExcept("0123456789_") < 0;

    private static bool IsWellSpaced(ReadOnlySpan<char> group, int numberBase)
    {
        bool lastIsDigit = false;
        foreach (char c in group)
        {
            if (c == '_' ? !lastIsDigit : !IsDigit(c, numberBase))
            {
                return false;
            }

            lastIsDigit = c != '_';
        }

        return lastIsDigit;
    }

    private static bool IsDigit(char c, int numberBase) => numberBase switch
    {
        16 => char.IsAsciiHexDigit(c),
        _ => c >= '0' && c < '0' + numberBase,
    };

    private static long? ValueOf(ReadOnlySpan<char> group, int numberBase)
    {
        long value = 0;
        foreach (char c in group)
        {
            if (c == '_')
            {
                continue;
            }

            int digit = char.IsAsciiDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
            if (value > (long.MaxValue - digit) / numberBase)
            {
                return null;
            }

            value = (value * numberBase) + digit;
        }

        return value;
    }
}
