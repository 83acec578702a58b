using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>What a dialogue is about, and so what comes after it.</summary>
internal enum DialogueKind
{
    /// <summary>An admitted client is told what there is to tell, and then served.</summary>
    Greeting,

    /// <summary>A refused client is told why.</summary>
    TurnAway,

    /// <summary>A builtin that has only something to say.</summary>
    Saying,

    /// <summary>A tcpmux service waits for the name of a service.</summary>
    Asking,

    /// <summary>Builtin echo.</summary>
    Echo,

    /// <summary>Builtin discard.</summary>
    Discard,

    /// <summary>Builtin chargen.</summary>
    Chargen,
}

/// <summary>superd's own part in a connection on its way to superd's next version.</summary>
internal sealed record DialogueHandover
{
    public required DialogueKind Kind { get; init; }

    public required ConnectionHandover Connection { get; init; }

    public required long BytesIn { get; init; }

    public required long BytesOut { get; init; }

    public required long StartedMs { get; init; }

    public required long LastMovedMs { get; init; }

    public TimeSpan? IdleLimit { get; init; }

    /// <summary>When it ends in any case, and as what.</summary>
    public long? DeadlineMs { get; init; }

    public DialogueEnd DeadlineEnd { get; init; }

    /// <summary>What is still to be sent, in pieces; of <see cref="DialogueKind.Asking"/> what has come of the line.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Text { get; init; }

    /// <summary><see cref="Text"/> as one piece.</summary>
    public byte[] WholeText() => [.. Text?.SelectMany(piece => piece.ToArray()) ?? []];

    /// <summary>The texts after it.</summary>
    public IReadOnlyList<BannerDefinition>? Banners { get; init; }

    /// <summary>What the placeholders of a refusal stand for.</summary>
    public string? Reason { get; init; }

    /// <inheritdoc cref="Reason"/>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>All was said, and so much of what the client sends is still thrown away; null before.</summary>
    public int? BytesLeft { get; init; }

    /// <summary>Where chargen is in its pattern.</summary>
    public int Position { get; init; }

    /// <summary>Whether the client of chargen has ended its side.</summary>
    public bool HasClientEnded { get; init; }
}

/// <summary>See <see cref="Conversations"/>.</summary>
internal sealed record DialoguesHandover(IReadOnlyList<DialogueHandover> Dialogues) : StageHandover;
