using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SuperD.Control.Messages;

/// <summary>The console's JSON, both ways; the serializer is generated at build time.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlReply))]
[JsonSerializable(typeof(FollowedLine))]
internal sealed partial class ControlJson : JsonSerializerContext
{
    /// <summary>On one line, for the socket.</summary>
    public static ControlJson Line { get; } = new(Settings(indented: false));

    /// <summary>Indented, as <c>--json</c> prints it.</summary>
    public static ControlJson Readable { get; } = new(Settings(indented: true));

    /// <summary>How a client reads a reply. The superd that answers may be newer than the client, so unknown fields are skipped.</summary>
    public static ControlJson Reply { get; } = new(OfReplies());

    /// <summary>As <see cref="Reply"/>, with every text made safe for a terminal: see <see cref="PrintableTexts"/>.</summary>
    public static ControlJson ReplyForPeople { get; } = new(OfReplies(new PrintableTexts()));

    private static JsonSerializerOptions OfReplies(params ReadOnlySpan<JsonConverter> converters)
    {
        JsonSerializerOptions options = Settings(indented: false);
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip;
        foreach (JsonConverter converter in converters)
        {
            options.Converters.Add(converter);
        }

        return options;
    }

    // An unknown field is an error: overlooking the filter of an "end" would end every connection.
    private static JsonSerializerOptions Settings(bool indented) => new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 16,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = indented,
    };
}
