using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace SuperD.Configuration.Toml;

/// <summary>What Tomlyn makes of some whole lines of TOML, less what it accepts in error.</summary>
/// <remarks>
/// Its pull parser does not recurse and stops at the first mistake, so it judges the text; its syntax tree has the statements.
/// Its validator is not used: it is quadratic in duplicate headers, and silent after any other error.
/// </remarks>
internal static class TomlGrammar
{
    /// <summary>
    /// Bounds what Tomlyn nests; <see cref="TomlDocument.MaxDepth"/> is checked where the place is known. An array of tables counts twice.
    /// </summary>
    private const int MostDepth = (2 * TomlDocument.MaxDepth) + 2;

    private static readonly TomlSerializerOptions s_options = new() { MaxDepth = MostDepth + 1 };

    /// <summary>The index of the first mistake, or of something before it in the same statement; null when all is valid.</summary>
    public static int? FirstMistake(string lines)
    {
        string text = Enclose(lines);
        int reached = 0;
        try
        {
            TomlParser parser = TomlParser.Create(text, s_options);
            while (parser.MoveNext())
            {
                reached = Math.Max(reached, parser.Current.Span?.Offset ?? 0);
                if (parser.Depth > MostDepth || IsAcceptedInError(parser.Current, text))
                {
                    return ToIndex(reached);
                }
            }

            return null;
        }
        catch (TomlException mistake)
        {
            return ToIndex(mistake.Offset ?? reached);
        }
        catch (Exception) // a fault of Tomlyn's
        {
            return ToIndex(reached);
        }

        int ToIndex(int offset) => Math.Clamp(offset - 1, 0, lines.Length);
    }

    /// <summary>The syntax tree of valid lines; null when Tomlyn fails at them. Offsets and lines in it are one too high.</summary>
    public static DocumentSyntax? Parse(string lines)
    {
        try
        {
            return SyntaxParser.Parse(Enclose(lines), s_options, validate: false);
        }
        catch (Exception) // a fault of Tomlyn's, as above
        {
            return null;
        }
    }

    /// <summary>The index of the first character on the same line.</summary>
    public static int StartOfLine(string text, int index) => index <= 0 ? 0 : text.LastIndexOf('\n', index - 1) + 1;

    // A line before the text, because Tomlyn drops a byte order mark wherever it begins to read. One behind it, because Tomlyn throws
    // ArgumentOutOfRangeException for an escape that the end of the text cuts off; but a bare CR at the end must not become CRLF.
    private static string Enclose(string lines) => $"\n{lines}{(lines.EndsWith('\r') ? "" : "\n")}";

    /// <summary>Whether Tomlyn accepts a value or a key that TOML does not allow.</summary>
    private static bool IsAcceptedInError(TomlParseEvent parsed, string text)
    {
        return parsed.Kind switch
        {
            TomlParseEventKind.Integer => parsed.GetInt64() < 0 && Written()[0] != '-', // it has more than 63 bits
            TomlParseEventKind.Float => double.IsInfinity(parsed.GetDouble()) && !Written().Contains("inf", StringComparison.Ordinal),
            TomlParseEventKind.String or TomlParseEventKind.PropertyName =>
                Written()[0] == '"' && Written().Contains('\\') && TomlStringMistake.Pass(new TomlCursor(text, Offset())) is not null,
            _ => false,
        };

        int Offset() => parsed.Span!.Value.Offset; // values and keys have a place
        ReadOnlySpan<char> Written() => text.AsSpan(Offset(), parsed.Span!.Value.Length);
    }
}
