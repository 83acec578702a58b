using System.Globalization;
using System.Numerics;

namespace SuperD.Configuration.Toml;

/// <summary>Finds what is wrong with a number: an integer in one of four bases, or a float.</summary>
internal static class TomlNumberMistake
{
    /// <summary>Whether the word was meant as a number.</summary>
    /// <param name="mistake">The rule of TOML that a number breaks; null when it is valid.</param>
    public static bool IsNumber(ReadOnlySpan<char> word, out string? mistake)
    {
        ReadOnlySpan<char> digits = word[0] is '+' or '-' ? word[1..] : word;
        (int bits, string name) = digits is ['0', var prefix, ..] ? char.ToLowerInvariant(prefix) switch
        {
            'x' => (4, "a hexadecimal number"),
            'o' => (3, "an octal number"),
            'b' => (1, "a binary number"),
            _ => (0, ""),
        } : (0, "");
        return bits == 0 ? IsDecimal(word, digits, out mistake) : IsPrefixed(word, digits, bits, name, out mistake);
    }

    private static bool IsPrefixed(ReadOnlySpan<char> word, ReadOnlySpan<char> digits, int bits, string name, out string? mistake)
    {
        string shown = TomlQuote.Show(word);
        ReadOnlySpan<char> group = digits[2..];
        mistake = word.Length != digits.Length ? $"{shown} has a sign, which {name} may not have; write it decimal"
            : char.IsAsciiLetterUpper(digits[1]) ? $"{shown} has an upper-case prefix; write 0{char.ToLowerInvariant(digits[1])}"
            : !IsWellSpaced(group, 1 << bits) ? $"{shown} is not {name}; after 0{digits[1]} come digits of base {1 << bits}, " +
                "with single underscores only between them"
            : Bits(group, bits) > 63 ? OutOfRange(shown)
            : null;
        return true;
    }

    private static bool IsDecimal(ReadOnlySpan<char> word, ReadOnlySpan<char> digits, out string? mistake)
    {
        mistake = null;
        int exponentAt = digits.IndexOfAny('e', 'E');
        ReadOnlySpan<char> mantissa = exponentAt < 0 ? digits : digits[..exponentAt];
        int pointAt = mantissa.IndexOf('.');
        ReadOnlySpan<char> whole = pointAt < 0 ? mantissa : mantissa[..pointAt];
        ReadOnlySpan<char> fraction = pointAt < 0 ? "0" : mantissa[(pointAt + 1)..];
        ReadOnlySpan<char> exponent = exponentAt < 0 ? "0" : digits[(exponentAt + 1)..];
        exponent = exponent is ['+' or '-', ..] ? exponent[1..] : exponent;
        bool isMeantAsNumber = word[0] != '_' && word.IndexOfAnyInRange('0', '9') >= 0
            && IsDigitsAndUnderscores(whole) && IsDigitsAndUnderscores(fraction) && IsDigitsAndUnderscores(exponent);
        if (!isMeantAsNumber)
        {
            return false;
        }

        string shown = TomlQuote.Show(word);
        string plain = word.ToString().Replace("_", "", StringComparison.Ordinal);
        bool isInteger = pointAt < 0 && exponentAt < 0;
        mistake = whole.IsEmpty ? $"{shown} lacks a digit before its point; write a 0 there"
            : fraction.IsEmpty ? $"{shown} lacks a digit after its point; write a 0 there"
            : exponent.IsEmpty ? $"{shown} lacks the digits of its exponent; write them after the e"
            : !IsWellSpaced(whole, 10) || !IsWellSpaced(fraction, 10) || !IsWellSpaced(exponent, 10)
                ? $"{shown} has an underscore that is not between two digits; write {TomlQuote.Show(plain)}"
            : whole is ['0', _, ..] ? $"{shown} begins with a zero; {WithoutLeadingZeros(whole, isOctal: word.Length == whole.Length)}"
            : isInteger && !long.TryParse(plain, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? OutOfRange(shown)
            : !isInteger && !double.IsFinite(double.Parse(plain, NumberStyles.Float, CultureInfo.InvariantCulture))
                ? $"{shown} is too large for a float; write inf if that is meant"
            : null;
        return true;
    }

    private static string OutOfRange(string shown) =>
        $"{shown} is out of range; an integer is from {long.MinValue} to {long.MaxValue}";

    // Permissions are the numbers that people write with a leading zero, and there they mean octal.
    private static string WithoutLeadingZeros(ReadOnlySpan<char> whole, bool isOctal)
    {
        ReadOnlySpan<char> rest = whole.TrimStart("0_");
        return isOctal && !rest.IsEmpty && IsWellSpaced(rest, 8)
            ? $"write 0o{TomlQuote.Show(rest)} if it is octal, else {TomlQuote.Show(rest)}"
            : "delete it";
    }

    private static bool IsDigitsAndUnderscores(ReadOnlySpan<char> group) => group.IndexOfAnyExcept("0123456789_") < 0;

    private static bool IsWellSpaced(ReadOnlySpan<char> group, int numberBase)
    {
        bool lastIsDigit = false;
        foreach (char c in group)
        {
            bool isDigit = numberBase == 16 ? char.IsAsciiHexDigit(c) : c >= '0' && c < '0' + numberBase;
            if (!isDigit && (c != '_' || !lastIsDigit))
            {
                return false;
            }

            lastIsDigit = isDigit;
        }

        return lastIsDigit;
    }

    /// <summary>How many bits the value takes.</summary>
    private static int Bits(ReadOnlySpan<char> group, int bitsOfDigit)
    {
        ReadOnlySpan<char> significant = group.TrimStart("0_");
        if (significant.IsEmpty)
        {
            return 0;
        }

        int further = significant.Length - significant.Count('_') - 1;
        uint first = uint.Parse(significant[..1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return (further * bitsOfDigit) + BitOperations.Log2(first) + 1;
    }
}
