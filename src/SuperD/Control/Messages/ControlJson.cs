using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SuperD.Control.Messages;

/// <summary>The console's JSON, both ways; the serializer is generated at build time.</summary>
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlReply))]
[JsonSerializable(typeof(FollowedLine))]
internal sealed partial class ControlJson : JsonSerializerContext
{
    /// <summary>One line: for the socket.</summary>
    public static ControlJson Line { get; } = new(Settings(indented: false));

    /// <summary>For people and files: what <c>--json</c> prints.</summary>
    public static ControlJson Readable { get; } = new(Settings(indented: true));

    /// <summary>What a client makes of a reply. The superd that answers may be newer than the client: what it adds is skipped.</summary>
    public static ControlJson Reply { get; } = new(OfReplies());

    /// <summary>As <see cref="Reply"/>, with every text made fit to be shown to people: see <see cref="PrintableTexts"/>.</summary>
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

    // A field nobody knows is an error: to overlook the filter of an "end" would end everybody.
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
