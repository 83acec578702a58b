using System.Text.Json;
using System.Text.Json.Serialization;

namespace SuperD.Upgrading;

/// <summary>The handover as JSON, between two images of one process; the serializer is generated at build time.</summary>
[JsonSourceGenerationOptions(
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(Handover))]
internal sealed partial class HandoverJson : JsonSerializerContext
{
    public static byte[] Write(Handover handover) => JsonSerializer.SerializeToUtf8Bytes(handover, Default.Handover);

    /// <summary>Null with the problem when the bytes are no handover of this format.</summary>
    public static Handover? Read(ReadOnlySpan<byte> json, out string? problem)
    {
        problem = null;
        try
        {
            Handover? handover = JsonSerializer.Deserialize(json, Default.Handover);
            problem = handover is null ? "it is empty"
                : handover.Format != Upgrading.Handover.CurrentFormat ? $"its format is {handover.Format}, and this superd knows {Upgrading.Handover.CurrentFormat}"
                : null;
            return problem is null ? handover : null;
        }
        catch (Exception bad) when (bad is JsonException or NotSupportedException)
        {
            problem = bad.Message;
            return null;
        }
    }
}
