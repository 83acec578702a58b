namespace SuperD.Configuration.Toml;

/// <summary>This part words the problems: what was expected, what was found, what to do.</summary>
internal sealed partial class TomlParser
{
    private void Unexpected(string expected, string remedy)
    {
        if (current.Kind != TomlTokenKind.Faulty) // reported already, by the lexer
        {
            problems.Add(current.Span, $"expected {expected}, found {Found()}; {remedy}");
        }
    }

    private void NoKeyPart(string expected)
    {
        switch (current.Kind)
        {
            case TomlTokenKind.Other:
                problems.Add(current.Span, NeedsQuotes());
                break;
            case TomlTokenKind.MultilineString:
                problems.Add(current.Span, "a key can not be a string in three quotes; use one quote at each end");
                break;
            default:
                Unexpected(expected, "a key is of the characters A-Z a-z 0-9 _ - or in quotes");
                break;
        }
    }

    private void NoEquals(TomlKeyPart key)
    {
        bool isDirectlyAfterKey = current.Span.Column == key.Span.Column + key.Span.Length;
        if (current.Kind == TomlTokenKind.Other && isDirectlyAfterKey && !lexer.TextOf(current).StartsWith(':'))
        {
            problems.Add(current.Span, NeedsQuotes());
        }
        else
        {
            Unexpected($"'=' after the key {TomlQuote.Of(key.Name)}", "write it as key = value");
        }
    }

    private string NeedsQuotes() => $"{TomlQuote.Of(lexer.TextOf(current))} can not be in a key without quotes; put the key in quotes";

    /// <summary>For a word that is no value of TOML: most often a string whose quotes were forgotten.</summary>
    private string NoQuotes()
    {
        ReadOnlySpan<char> meant = lexer.MeantFrom(current);
        if (meant[0] is '\u2018' or '\u2019' or '\u201C' or '\u201D' or '\u201E' or '\u00AB' or '`')
        {
            return $"{meant[0]} is not a quotation mark in TOML; use \" or '";
        }

        string example = TomlQuote.AsTomlString(meant) is { } quoted ? $": {quoted}" : "";
        return $"{TomlQuote.Show(meant)} is not a value; put it in quotes{example}";
    }

    private string Found()
    {
        if (current.Kind == TomlTokenKind.NewLine)
        {
            return "the end of the line";
        }

        if (current.Kind == TomlTokenKind.EndOfFile)
        {
            return "the end of the file";
        }

        // What has no meaning in a key is cut into single characters, but the user sees a word there.
        ReadOnlySpan<char> text = lexer.TextOf(current);
        if (current.Kind is TomlTokenKind.Word or TomlTokenKind.Other)
        {
            ReadOnlySpan<char> meant = lexer.MeantFrom(current);
            int end = meant.IndexOfAny(" \t=");
            text = meant[..(end < 0 ? meant.Length : end)];
        }

        return TomlQuote.Of(text);
    }
}
