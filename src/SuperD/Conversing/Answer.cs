using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>Says something and then closes, in a way that what was said arrives: to a refused client, or as all a small service has to say.</summary>
/// <remarks>
/// A socket closed while something the client has sent is unread makes the kernel send a reset, and a reset may overtake the text or have the client's
/// kernel throw it away. So: text, end of stream (shutdown), read and forget what comes until the client ends too, and only then close.
/// </remarks>
internal sealed class Answer(Connection connection, TextTemplate? opening, BannerDefinition?[] banners, TextValues values, TextLibrary library)
    : TextDialogue(connection, opening, banners, values, library)
{
    // For all of the text, however the client reads it: a refused one gets no place that is worth holding.
    private static readonly TimeSpan s_longestSpeech = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longestDrain = TimeSpan.FromSeconds(2);
    private const int MostDrained = 1024 * 1024;

    private int _drained;

    public override void OnReady(EpollEvents events)
    {
        if (HasSaidAll)
        {
            Drain();
        }
        else
        {
            base.OnReady(events);
        }
    }

    protected override void Resume(DialogueHandover handed)
    {
        _drained = handed.Drained;
        base.Resume(handed);
    }

    protected override DialogueHandover Complete(DialogueHandover handover) => base.Complete(handover) with { Drained = _drained };

    protected override void OnWait(bool hasMoved)
    {
        if (!HasDeadline)
        {
            SetDeadline(s_longestSpeech);
        }
    }

    protected override void OnSaidAll()
    {
        StreamSocket.EndSending(Connection.Socket);
        SetDeadline(s_longestDrain, DialogueEnd.Done);
        Drain();
    }

    private void Drain()
    {
        for (int budget = TurnBudget; budget > 0; budget--)
        {
            SysResult result = Receive(Scratch);
            if (result.Errno == Errno.EAGAIN)
            {
                break;
            }

            _drained += Math.Max(0, result.Value);
            if (result.IsError || result.Value == 0 || _drained >= MostDrained)
            {
                Finish(result.IsError ? DialogueEnd.Gone : DialogueEnd.Done);
                return;
            }
        }

        Await(EpollEvents.Readable);
    }
}
