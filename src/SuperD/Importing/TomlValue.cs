using System.Globalization;
using System.Text;

namespace SuperD.Importing;

/// <summary>Formats values as TOML.</summary>
internal static class TomlValue
{
    /// <summary>An integer.</summary>
    public static string Of(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A boolean.</summary>
    public static string Of(bool flag) => flag ? "true" : "false";

    /// <summary>A user or group: an integer, or a string for a name.</summary>
    public static string Principal(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id)
            ? id.ToString(CultureInfo.InvariantCulture)
            : Of(text);

    /// <summary>A basic string on one line, for any text.</summary>
    public static string Of(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char letter in text)
        {
            _ = letter switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                < ' ' or '\x7f' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}"),
                _ => quoted.Append(letter),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>An array of strings; a single string without brackets if the key allows it.</summary>
    public static string Of(IReadOnlyList<string> texts, bool oneAlone = false) =>
        oneAlone && texts.Count == 1 ? Of(texts[0]) : $"[{string.Join(", ", texts.Select(Of))}]";

    /// <summary>An inline table of strings; the names may need quotes.</summary>
    public static string Of(IEnumerable<KeyValuePair<string, string>> table) =>
        $"{{ {string.Join(", ", table.Select(pair => $"{Key(pair.Key)} = {Of(pair.Value)}"))} }}";

    private static string Key(string name) =>
        name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-') ? name : Of(name);
}
