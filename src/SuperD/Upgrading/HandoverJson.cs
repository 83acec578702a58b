using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using SuperD.Admission;
using SuperD.Control;
using SuperD.Conversing;
using SuperD.Ending;
using SuperD.Listening;
using SuperD.ProxyProtocol;
using SuperD.Relaying;
using SuperD.Services;

namespace SuperD.Upgrading;

/// <summary>The handover as JSON, between two images of one process; the serializer is generated at build time.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(Handover))]
[JsonSerializable(typeof(ServicesHandover))]
[JsonSerializable(typeof(LatecomersHandover))]
[JsonSerializable(typeof(RotationHandover))]
[JsonSerializable(typeof(AdmissionHandover))]
[JsonSerializable(typeof(DrainsHandover))]
[JsonSerializable(typeof(SocketEventsHandover))]
[JsonSerializable(typeof(HandlersHandover))]
[JsonSerializable(typeof(ListenersHandover))]
[JsonSerializable(typeof(RelaysHandover))]
[JsonSerializable(typeof(DialoguesHandover))]
[JsonSerializable(typeof(HeadersHandover))]
[JsonSerializable(typeof(HealthChecksHandover))]
[JsonSerializable(typeof(ConsoleHandover))]
internal sealed partial class HandoverJson : JsonSerializerContext
{
    /// <summary>Each stage's part and its name in the handover. An unlisted part fails the upgrade before anything is given up.</summary>
    private static readonly JsonDerivedType[] s_parts =
    [
        new(typeof(ServicesHandover), "services"),
        new(typeof(LatecomersHandover), "latecomers"),
        new(typeof(RotationHandover), "rotation"),
        new(typeof(AdmissionHandover), "admission"),
        new(typeof(DrainsHandover), "closes"),
        new(typeof(SocketEventsHandover), "socket_events"),
        new(typeof(HandlersHandover), "handlers"),
        new(typeof(ListenersHandover), "listeners"),
        new(typeof(RelaysHandover), "relays"),
        new(typeof(DialoguesHandover), "dialogues"),
        new(typeof(HeadersHandover), "headers"),
        new(typeof(HealthChecksHandover), "health_checks"),
        new(typeof(ConsoleHandover), "console"),
    ];

    /// <summary>Ends the JSON, which has no such byte.</summary>
    private const byte End = 0;

    /// <summary>The JSON, and after a NUL the arrays that are too large for it.</summary>
    public static byte[] Write(Handover handover)
    {
        var bytes = new HandoverBytes();
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(handover, TypeOfHandover(bytes));
        byte[] all = new byte[json.Length + 1 + bytes.Length]; // the byte between them is End
        json.CopyTo(all, 0);
        bytes.CopyTo(all.AsSpan(json.Length + 1));
        return all;
    }

    /// <summary>Null with the problem when the bytes are no handover of this format.</summary>
    public static Handover? Read(ReadOnlySpan<byte> content, out string? problem)
    {
        problem = null;
        int end = content.IndexOf(End);
        try
        {
            var bytes = new HandoverBytes(end < 0 ? [] : content[(end + 1)..]);
            Handover? handover = JsonSerializer.Deserialize(end < 0 ? content : content[..end], TypeOfHandover(bytes));
            problem = handover is null ? "it is empty"
                : handover.Format != Upgrading.Handover.CurrentFormat
                    ? $"its format is {handover.Format}, and this superd knows {Upgrading.Handover.CurrentFormat}"
                : null;
            return problem is null ? handover : null;
        }
        catch (Exception bad) when (bad is JsonException or NotSupportedException)
        {
            problem = bad.Message;
            return null;
        }
    }

    private static JsonTypeInfo<Handover> TypeOfHandover(HandoverBytes bytes)
    {
        var options = new JsonSerializerOptions(Default.Options)
        {
            TypeInfoResolver = Default.WithAddedModifier(NameParts),
            Converters = { bytes },
        };
        return (JsonTypeInfo<Handover>)options.GetTypeInfo(typeof(Handover));
    }

    /// <summary>The base type's own folder does not know the stages, so it cannot have JsonDerivedType attributes.</summary>
    private static void NameParts(JsonTypeInfo type)
    {
        if (type.Type == typeof(StageHandover))
        {
            type.PolymorphismOptions = new JsonPolymorphismOptions
            {
                UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization,
            };
            foreach (JsonDerivedType part in s_parts)
            {
                type.PolymorphismOptions.DerivedTypes.Add(part);
            }
        }
    }
}
