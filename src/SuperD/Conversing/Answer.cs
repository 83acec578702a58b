using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>
/// Sends a text and then closes so that the text arrives: for a refused client, or as all that a small service does.
/// </summary>
internal sealed class Answer(
    Connection connection, TextTemplate? opening, BannerDefinition?[] banners, TextValues values, TextLibrary library)
    : TextDialogue(connection, opening, banners, values, library)
{
    // A limit for the whole text, however slowly the client reads it: a refused client must not hold its place for long.
    private static readonly TimeSpan s_longestSpeech = TimeSpan.FromSeconds(10);

    private LingeringEnd? _end;
    private int? _handedBytesLeft;

    public override void OnReady(EpollEvents events)
    {
        if (_end is { } end)
        {
            Drain(end);
        }
        else
        {
            base.OnReady(events);
        }
    }

    protected override void Resume(DialogueHandover handed)
    {
        _handedBytesLeft = handed.BytesLeft;
        base.Resume(handed);
    }

    protected override DialogueHandover Complete(DialogueHandover handover) => base.Complete(handover) with { BytesLeft = _end?.BytesLeft };

    protected override void OnWait(bool hasMoved)
    {
        if (!HasDeadline)
        {
            SetDeadline(s_longestSpeech);
        }
    }

    protected override void OnSaidAll()
    {
        _end = _handedBytesLeft is { } left ? new LingeringEnd(Connection.Socket, left) : new LingeringEnd(Connection.Socket);
        SetDeadline(LingeringEnd.LongestWait, DialogueEnd.Done);
        Drain(_end);
    }

    private void Drain(LingeringEnd end)
    {
        if (Discard(end) is not ClientSide.Open and var client)
        {
            Finish(client == ClientSide.Broken ? DialogueEnd.Gone : DialogueEnd.Done);
        }
    }
}
