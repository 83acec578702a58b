using System.Text.Json;
using System.Text.Json.Serialization;
using SuperD.Logging;

namespace SuperD.Control.Messages;

/// <summary>THE ONE PLACE that every text of a reply passes on its way to a terminal: it lets no control character through.</summary>
internal sealed class PrintableTexts : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
            ? Printable.Show(reader.GetString()!) // a string is not null
            : throw new JsonException("a text is needed");

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Printable.Show(reader.GetString()!); // a name is not null

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
