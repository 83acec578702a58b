using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>Discard, RFC 863: reads and drops everything.</summary>
internal sealed class DiscardDialogue(Connection connection) : Dialogue(connection)
{
    public override void OnReady(EpollEvents events)
    {
        for (int budget = TurnBudget; budget > 0; budget--)
        {
            SysResult result = Receive(Scratch);
            if (result.Errno == Errno.EAGAIN)
            {
                return;
            }

            if (result.IsError || result.Value == 0)
            {
                Finish(result.IsError ? DialogueEnd.Gone : DialogueEnd.Done);
                return;
            }
        }
    }

    protected override void Begin() => Await(EpollEvents.Readable);
}
