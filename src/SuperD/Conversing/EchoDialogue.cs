using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>Echo, RFC 862: sends back what it receives, and ends after the last byte.</summary>
/// <remarks>
/// It reads nothing while bytes are unsent. A client that never reads costs one chunk, and then TCP flow control stops it.
/// </remarks>
internal sealed class EchoDialogue(Connection connection) : Dialogue(connection)
{
    private byte[] _unsent = [];
    private int _sent;

    public override void OnReady(EpollEvents events)
    {
        for (int budget = TurnBudget; budget > 0; budget--)
        {
            if (_sent < _unsent.Length)
            {
                if (!TrySendRest())
                {
                    return;
                }

                continue;
            }

            SysResult read = Receive(Scratch);
            if (read.Errno == Errno.EAGAIN)
            {
                break;
            }

            if (read.IsError || read.Value == 0)
            {
                Finish(read.IsError ? DialogueEnd.Gone : DialogueEnd.Done);
                return;
            }

            SysResult sent = Send(Scratch[..read.Value]);
            if (sent.IsError && sent.Errno != Errno.EAGAIN)
            {
                Finish(DialogueEnd.Gone);
                return;
            }

            _unsent = Scratch[Math.Max(0, sent.Value)..read.Value].ToArray();
            _sent = 0;
        }

        Await(_sent < _unsent.Length ? EpollEvents.Writable : EpollEvents.Readable);
    }

    protected override void Begin() => Await(EpollEvents.Readable);

    protected override void Resume(DialogueHandover handed)
    {
        _unsent = handed.WholeText();
        Await(_unsent.Length > 0 ? EpollEvents.Writable : EpollEvents.Readable);
    }

    protected override DialogueHandover Complete(DialogueHandover handover) => handover with { Text = [_unsent.AsMemory(_sent)] };

    /// <summary>Sends the rest; returns false if there is nothing more to do in this turn.</summary>
    private bool TrySendRest()
    {
        SysResult sent = Send(_unsent.AsSpan(_sent));
        if (sent.Errno == Errno.EAGAIN)
        {
            Await(EpollEvents.Writable);
            return false;
        }

        if (sent.IsError)
        {
            Finish(DialogueEnd.Gone);
            return false;
        }

        _sent += sent.Value;
        return true;
    }
}
