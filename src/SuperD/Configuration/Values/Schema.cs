using System.Text.Json;

namespace SuperD.Configuration.Values;

/// <summary>The values that a form accepts, as an editor can check them without superd: JSON Schema, draft 7.</summary>
/// <remarks>
/// Never narrower than the form. It may be wider: a pattern does not know which users, files and ports the machine has.
/// </remarks>
internal sealed class Schema
{
    /// <summary>A pattern of one or more characters without the NUL, which <see cref="ValueReader.TryText"/> refuses.</summary>
    public const string Characters = @"[^\x00]+";

    /// <summary>The pattern of a file's name: no directory's.</summary>
    public const string NameOfFile = @"[^\x00]*[^/\x00]";

    /// <summary>The pattern of a Unix-domain socket's name: a file's, or <c>@</c> and an abstract one.</summary>
    public const string NameOfSocket = @"(?:[^@/\x00]|[^\x00]+[^/\x00])";

    private readonly Action<Utf8JsonWriter> _write;

    private Schema(Action<Utf8JsonWriter> write) => _write = write;

    /// <summary>true or false.</summary>
    public static Schema Flag { get; } = new(json => json.WriteString("type", "boolean"));

    /// <summary>A number above 0, with or without a decimal point.</summary>
    public static Schema AboveZero { get; } = new(json =>
    {
        json.WriteString("type", "number");
        json.WriteNumber("exclusiveMinimum", 0);
    });

    /// <summary>An integer; the bounds are among its values.</summary>
    public static Schema Integer(long least, long most) => new(json =>
    {
        json.WriteString("type", "integer");
        json.WriteNumber("minimum", least);
        json.WriteNumber("maximum", most);
    });

    /// <summary>A string that a pattern matches as a whole. It uses only what all dialects of regular expressions share.</summary>
    public static Schema Text(string pattern) => new(json =>
    {
        json.WriteString("type", "string");
        json.WriteString("pattern", $"^(?:{pattern})$");
    });

    /// <summary>One of a few words.</summary>
    public static Schema Words(IEnumerable<string> words) => new(json =>
    {
        json.WriteString("type", "string");
        WriteStrings(json, "enum", words);
    });

    /// <summary>A value that one of these accepts.</summary>
    public static Schema Any(params IReadOnlyList<Schema> choices) => new(json => WriteAll(json, "anyOf", choices));

    /// <summary>An array.</summary>
    public static Schema List(Schema element, bool mayBeEmpty) => new(json =>
    {
        json.WriteString("type", "array");
        json.WritePropertyName("items");
        element.Write(json);
        json.WriteNumber("minItems", mayBeEmpty ? 0 : 1);
    });

    /// <summary>An array with a first element and perhaps others.</summary>
    public static Schema List(Schema first, Schema others) => new(json =>
    {
        json.WriteString("type", "array");
        WriteAll(json, "items", [first]);
        json.WritePropertyName("additionalItems");
        others.Write(json);
        json.WriteNumber("minItems", 1);
    });

    /// <summary>A table with these keys and no others.</summary>
    public static Schema Table(params IReadOnlyList<(string Name, Schema Value)> keys) => new(json =>
    {
        json.WriteString("type", "object");
        json.WriteBoolean("additionalProperties", false);
        json.WriteStartObject("properties");
        foreach ((string name, Schema value) in keys)
        {
            json.WritePropertyName(name);
            value.Write(json);
        }

        json.WriteEndObject();
    });

    /// <summary>A table with keys of the user's own choice.</summary>
    public static Schema Map(Schema name, Schema value) => new(json =>
    {
        json.WriteString("type", "object");
        json.WritePropertyName("propertyNames");
        name.Write(json);
        json.WritePropertyName("additionalProperties");
        value.Write(json);
    });

    /// <summary>A table with all of these keys.</summary>
    public Schema Requiring(params IReadOnlyList<string> keys) => And(json => WriteStrings(json, "required", keys));

    /// <summary>A table with exactly one of these keys.</summary>
    public Schema RequiringOneOf(IReadOnlyList<string> keys) => And(json =>
        WriteAll(json, "oneOf", [.. keys.Select(key => new Schema(one => WriteStrings(one, "required", [key])))]));

    /// <summary>The same with a text for people.</summary>
    public Schema Described(string text) => new(json =>
    {
        json.WriteString("description", text);
        _write(json);
    });

    /// <summary>The pattern of a word in small letters or capitals.</summary>
    public static string AnyCase(string word) => string.Concat(word.Select(letter =>
        char.IsAsciiLetter(letter) ? $"[{char.ToUpperInvariant(letter)}{char.ToLowerInvariant(letter)}]" : $"{letter}"));

    /// <summary>Writes the object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        WriteMembers(json);
        json.WriteEndObject();
    }

    /// <summary>Writes what stands in the object, for an object that has more.</summary>
    public void WriteMembers(Utf8JsonWriter json) => _write(json);

    private Schema And(Action<Utf8JsonWriter> more) => new(json =>
    {
        _write(json);
        more(json);
    });

    private static void WriteAll(Utf8JsonWriter json, string name, IReadOnlyList<Schema> schemas)
    {
        json.WriteStartArray(name);
        foreach (Schema schema in schemas)
        {
            schema.Write(json);
        }

        json.WriteEndArray();
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
