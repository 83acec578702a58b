using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>Character generator, RFC 864: sends lines until the client goes, and discards what it sends.</summary>
internal sealed class ChargenDialogue(Connection connection) : Dialogue(connection)
{
    private int _position;
    private bool _hasClientEnded;

    public override void OnReady(EpollEvents events)
    {
        if (!_hasClientEnded && events.HasFlag(EpollEvents.Readable))
        {
            Discard();
        }

        for (int budget = TurnBudget; budget > 0 && !IsOver; budget--)
        {
            SysResult result = Send(CharacterPattern.Bytes[_position..]);
            if (result.Errno == Errno.EAGAIN)
            {
                break;
            }

            if (result.IsError)
            {
                // The normal end: a client that has enough goes away.
                Finish(DialogueEnd.Done);
                return;
            }

            _position = (_position + result.Value) % CharacterPattern.Bytes.Length;
        }

        if (!IsOver)
        {
            Await(_hasClientEnded ? EpollEvents.Writable : EpollEvents.Readable | EpollEvents.Writable);
        }
    }

    protected override void Begin() => Await(EpollEvents.Readable | EpollEvents.Writable);

    protected override void Resume(DialogueHandover handed)
    {
        _position = Math.Clamp(handed.Position, 0, CharacterPattern.Bytes.Length - 1);
        _hasClientEnded = handed.HasClientEnded;
        Await(_hasClientEnded ? EpollEvents.Writable : EpollEvents.Readable | EpollEvents.Writable);
    }

    protected override DialogueHandover Complete(DialogueHandover handover) =>
        handover with { Position = _position, HasClientEnded = _hasClientEnded };

    private void Discard()
    {
        for (int budget = TurnBudget; budget > 0; budget--)
        {
            SysResult result = Receive(Scratch);
            if (result.Errno == Errno.EAGAIN)
            {
                return;
            }

            if (result.IsError)
            {
                Finish(DialogueEnd.Done);
                return;
            }

            if (result.Value == 0)
            {
                // The client may have ended only its sending, and may still read.
                _hasClientEnded = true;
                return;
            }
        }
    }
}
