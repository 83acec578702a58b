using System.Globalization;
using System.Text;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration;

/// <summary>Formats values and names for messages, the same way everywhere.</summary>
internal static class Wording
{
    private const int LongestShown = 60;

    /// <summary>The text in double quotes as in TOML, shortened if long; control characters are escaped to protect a terminal.</summary>
    public static string Quote(string text) => Quoted(text, LongestShown);

    /// <summary>Like <see cref="Quote"/> but never shortened, for text the user must find or fix.</summary>
    public static string QuoteWhole(string text) => Quoted(text, int.MaxValue);

    private static string Quoted(string text, int longest)
    {
        var quoted = new StringBuilder("\"");
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (quoted.Length > longest)
            {
                return quoted.Append("...\"").ToString();
            }

            string? escaped = rune.Value switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                '\r' => "\\r",
                _ when Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format => $"\\u{rune.Value:X4}",
                _ => null,
            };
            quoted.Append(escaped ?? rune.ToString());
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>The path of a file at the start of a message, quoted only if it contains control or format characters.</summary>
    public static string Path(string path) =>
        path.Any(letter => char.IsControl(letter) || char.GetUnicodeCategory(letter) == UnicodeCategory.Format) ? QuoteWhole(path) : path;

    /// <summary>A value after "found": <c>-3</c>, <c>true</c>, <c>"many"</c>; only its kind if it has no short form.</summary>
    public static string Show(TomlNode node) => node switch
    {
        TomlString text => Quote(text.Value),
        TomlInteger integer => integer.Value.ToString(CultureInfo.InvariantCulture),
        TomlFloat number => number.Value.ToString(CultureInfo.InvariantCulture),
        TomlBoolean flag => flag.Value ? "true" : "false",
        TomlArray { Items.Count: 0 } => "an empty array",
        _ => node.Kind,
    };

    /// <summary>Kind and value: <c>the string "many"</c>, <c>the integer 3</c>, <c>a table</c>.</summary>
    public static string ShowWithKind(TomlNode node) => node switch
    {
        TomlString or TomlInteger or TomlFloat => $"the {node.Kind[(node.Kind.IndexOf(' ') + 1)..]} {Show(node)}",
        _ => Show(node),
    };

    /// <summary>An octal mode as ls and chmod write it: <c>0640</c>.</summary>
    public static string Mode(int permissions) => "0" + Convert.ToString(permissions, 8).PadLeft(3, '0');

    /// <summary><c>1 error</c>, <c>2 errors</c>.</summary>
    public static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
