using System.Text.Json;
using System.Text.Json.Serialization;
using SuperD.Logging;

namespace SuperD.Control.Messages;

/// <summary>THE ONE PLACE through which the texts of a reply go on their way to a terminal: no control character gets past it.</summary>
internal sealed class PrintableTexts : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String ? Printable.Show(reader.GetString()!) : throw new JsonException("a text is needed"); // a string is not null

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Printable.Show(reader.GetString()!); // a name is not null

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
