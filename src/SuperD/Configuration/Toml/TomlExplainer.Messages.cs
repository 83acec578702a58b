using System.Text.RegularExpressions;

namespace SuperD.Configuration.Toml;

/// <summary>This part words the problems: what was expected, what was found, what to do.</summary>
internal sealed partial class TomlExplainer
{
    /// <summary>A message shows less of a text; looking further in a long line for each of its words would be quadratic.</summary>
    private const int MostLookedAt = 200;

    /// <param name="isInKey">Whether a dot stands for itself, instead of being a part of a word.</param>
    private void Unexpected(string expected, string remedy, bool isInKey = false)
    {
        char next = Next();
        TomlCursor ahead = cursor.Copy();
        if (next is '"' or '\'' && TomlStringMistake.Pass(ahead) is (var place, var message))
        {
            problems.Add(place, message);
            return;
        }

        if (TomlCharacters.IsInvisible(next) && next is not (LineEnd or End))
        {
            problems.Add(cursor.Here, TomlCharacters.WhyNotHere(cursor.PeekRune()));
            return;
        }

        if (next is not ('"' or '\'' or LineEnd or End))
        {
            PassWord(ahead, isPunctuation: !TomlWord.IsPartOf(next) || (isInKey && next == '.'));
        }

        string found = next switch
        {
            LineEnd => "the end of the line",
            End => "the end of the file",
            _ => TomlQuote.Of(cursor.Text.AsSpan(cursor.Offset, ahead.Offset - cursor.Offset)),
        };
        problems.Add(ahead.SpanFrom(cursor.Here, cursor.Offset), $"expected {expected}, found {found}; {remedy}");
    }

    // The user sees a word where a key has a character without meaning.
    private void PassWord(TomlCursor ahead, bool isPunctuation)
    {
        ReadOnlySpan<char> meant = isPunctuation ? [] : Meant();
        int end = meant.IndexOfAny(" \t=");
        int length = Math.Max(1, end < 0 ? meant.Length : end);
        while (ahead.Offset < cursor.Offset + length)
        {
            ahead.Advance();
        }
    }

    private void NoKeyPart(string expected)
    {
        if (IsOdd(Next()))
        {
            NeedsQuotes();
        }
        else
        {
            Unexpected(expected, "a key is of the characters A-Z a-z 0-9 _ - or in quotes", isInKey: true);
        }
    }

    private void NoEquals()
    {
        char next = Next();
        bool isDirectlyAfterKey = cursor.Offset == _lastPart.End.Value;
        if (isDirectlyAfterKey && IsOdd(next) && next != ':')
        {
            NeedsQuotes();
        }
        else
        {
            ReadOnlySpan<char> key = cursor.Text.AsSpan()[_lastPart];
            key = key[0] is '"' or '\'' ? key[1..^1] : key;
            Unexpected($"'=' after the key {TomlQuote.Of(key)}", "write it as key = value");
        }
    }

    /// <summary>Whether a character can be seen and has no meaning in a key.</summary>
    private static bool IsOdd(char c) => TomlWord.IsPartOf(c) && !TomlCharacters.IsBareKey(c) && c != '.';

    private void NeedsQuotes() =>
        problems.Add(
            cursor.Here, $"{TomlQuote.Of(cursor.PeekRune().ToString())} can not be in a key without quotes; put the key in quotes");

    private static readonly string[] s_numbers =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

    [GeneratedRegex("^[0-9]{1,10} *- *[0-9]{1,10}$")]
    private static partial Regex NumberRange();

    /// <summary>For a word that is no value of TOML: most often a string whose quotes were forgotten.</summary>
    private static string NoQuotes(ReadOnlySpan<char> meant)
    {
        if (meant[0] is '\u2018' or '\u2019' or '\u201C' or '\u201D' or '\u201E' or '\u00AB' or '`')
        {
            return $"{meant[0]} is not a quotation mark in TOML; use \" or '";
        }

        // Quotes would only lead to the next message.
        if (NumberRange().IsMatch(meant))
        {
            return $"{TomlQuote.Show(meant)} is not a value; TOML has no ranges: write each number, as the items of an array";
        }

        int number = System.Array.IndexOf(s_numbers, meant.ToString().ToLowerInvariant());
        if (number >= 0)
        {
            return $"{TomlQuote.Show(meant)} is not a value; write {number}";
        }

        string example = TomlQuote.AsTomlString(meant) is { } quoted ? $": {quoted}" : "";
        return $"{TomlQuote.Show(meant)} is not a value; put it in quotes{example}";
    }

    /// <summary>The text from here to what is no part of the same value, however it was meant: a comma, a bracket, a comment.</summary>
    private ReadOnlySpan<char> Meant()
    {
        ReadOnlySpan<char> rest = cursor.Rest[..Math.Min(cursor.Rest.Length, MostLookedAt)];
        int end = rest.IndexOfAny(",]}#\r\n");
        return (end < 0 ? rest : rest[..end]).TrimEnd();
    }
}
