using System.Text.Json.Serialization;
using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>What a conversation is for, which decides what follows it.</summary>
[JsonConverter(typeof(EnumByName<DialogueKind>))]
internal enum DialogueKind
{
    /// <summary>An admitted client receives its texts, and is served next.</summary>
    Greeting,

    /// <summary>A refused client is sent the reason.</summary>
    TurnAway,

    /// <summary>A built-in service that only sends a text.</summary>
    Saying,

    /// <summary>A tcpmux service waits for the name of a service.</summary>
    Asking,

    /// <summary>Builtin echo.</summary>
    Echo,

    /// <summary>Builtin discard.</summary>
    Discard,

    /// <summary>Builtin chargen.</summary>
    Chargen,

    /// <summary>Builtins health and metrics: the head of a request is awaited.</summary>
    Http,
}

/// <summary>A conversation handed over to the next version.</summary>
internal sealed record DialogueHandover
{
    /// <summary>What it is for.</summary>
    public required DialogueKind Kind { get; init; }

    /// <summary>The client's connection.</summary>
    public required ConnectionHandover Connection { get; init; }

    /// <inheritdoc cref="Dialogue.BytesIn"/>
    public required long BytesIn { get; init; }

    /// <inheritdoc cref="Dialogue.BytesOut"/>
    public required long BytesOut { get; init; }

    /// <inheritdoc cref="Dialogue.StartedMs"/>
    public required long StartedMs { get; init; }

    /// <summary>When a byte last moved, as the loop's <c>NowMs</c>.</summary>
    public required long LastMovedMs { get; init; }

    /// <summary>How long no byte may move; null = unlimited.</summary>
    public TimeSpan? IdleLimit { get; init; }

    /// <summary>When it ends at the latest.</summary>
    public long? DeadlineMs { get; init; }

    /// <summary>How it ends then.</summary>
    public DialogueEnd DeadlineEnd { get; init; }

    /// <summary>What is still to be sent, in pieces; for Asking and Http, what has arrived of the request.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Text { get; init; }

    /// <summary><see cref="Text"/> as one piece.</summary>
    public byte[] WholeText() => [.. Text?.SelectMany(piece => piece.ToArray()) ?? []];

    /// <summary>The texts that follow it.</summary>
    public IReadOnlyList<BannerDefinition>? Banners { get; init; }

    /// <summary>The values of the placeholders of a refusal.</summary>
    public string? Reason { get; init; }

    /// <inheritdoc cref="Reason"/>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>How many more bytes from the client are discarded after everything was sent; null before that.</summary>
    public int? BytesLeft { get; init; }

    /// <summary>The position of chargen in its pattern.</summary>
    public int Position { get; init; }

    /// <summary>Whether the client of chargen has ended its side.</summary>
    public bool HasClientEnded { get; init; }
}

/// <summary>All conversations; see <see cref="Conversations"/>.</summary>
internal sealed record DialoguesHandover(IReadOnlyList<DialogueHandover> Dialogues) : StageHandover;
