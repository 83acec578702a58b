using System.Text.Json;
using System.Text.Json.Serialization;

namespace SuperD.Configuration;

/// <summary>An enum in JSON, by the names of its members.</summary>
/// <remarks>The framework's converter, which knows naming policies and flags too, has ten times as much code for each enum.</remarks>
internal sealed class EnumByName<T> : JsonConverter<T>
    where T : struct, Enum
{
    public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Enum.TryParse(typeof(T), reader.GetString(), ignoreCase: true, out object? value)
            ? (T)value
            : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
