using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SuperD.Control.Messages;

/// <summary>The console's JSON, both ways; the serializer is generated at build time.</summary>
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlReply))]
internal sealed partial class ControlJson : JsonSerializerContext
{
    /// <summary>One line: for the socket.</summary>
    public static ControlJson Line { get; } = new(Settings(indented: false));

    /// <summary>For people and files: what <c>--json</c> prints.</summary>
    public static ControlJson Readable { get; } = new(Settings(indented: true));

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
