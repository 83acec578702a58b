using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>Sends texts one after the other, and then does what the derived class defines.</summary>
/// <param name="opening">A text to send first; null for none.</param>
internal abstract class TextDialogue(
    Connection connection, TextTemplate? opening, BannerDefinition?[] banners, TextValues values, TextLibrary library)
    : Dialogue(connection)
{
    private int _next;
    private OutgoingText? _text;
    private bool _isReading;

    public override void OnReady(EpollEvents events)
    {
        if (_isReading)
        {
            // Nothing was awaited, so this is what epoll always reports: the connection broke.
            Finish(DialogueEnd.Gone);
        }
        else
        {
            Say();
        }
    }

    protected override void Begin()
    {
        if (opening is null)
        {
            SayNext();
        }
        else
        {
            Say(opening);
        }
    }

    protected override DialogueHandover Complete(DialogueHandover handover) => handover with
    {
        Text = _text?.Rest(),
        Banners = [.. banners.Skip(_isReading ? _next - 1 : _next).OfType<BannerDefinition>()],
        Reason = values.Reason,
        RetryAfter = values.RetryAfter,
    };

    /// <summary>Runs when the kernel has taken all texts.</summary>
    protected abstract void OnSaidAll();

    /// <summary>Runs when it has to wait: for the client to read, or for a file.</summary>
    /// <param name="hasMoved">True if it has made progress since it last waited.</param>
    protected abstract void OnWait(bool hasMoved);

    private void SayNext()
    {
        while (_next < banners.Length && banners[_next] is null)
        {
            _next++;
        }

        if (_next == banners.Length)
        {
            OnSaidAll();
            return;
        }

        BannerDefinition banner = banners[_next++]!; // the loop above has skipped nulls
        if (banner.File is not null)
        {
            _isReading = true;
            AwaitNothing();
            OnWait(hasMoved: true);
        }

        library.Find(banner, Say);
    }

    private void Say(TextTemplate template)
    {
        _isReading = false;
        if (!IsOver)
        {
            _text = new OutgoingText(template, values);
            Say();
        }
    }

    private void Say()
    {
        bool hasMoved = false;
        for (int budget = TurnBudget; budget > 0 && _text is not null; budget--)
        {
            ReadOnlySpan<byte> bytes = _text.Next(out bool isLast);
            if (bytes.IsEmpty)
            {
                _text = null;
                break;
            }

            SysResult result = Send(bytes, more: !isLast);
            if (result.IsError && result.Errno != Errno.EAGAIN)
            {
                Finish(DialogueEnd.Gone);
                return;
            }

            if (result.IsError)
            {
                break;
            }

            _text.Advance(result.Value);
            hasMoved = true;
        }

        if (_text is null)
        {
            SayNext();
            return;
        }

        OnWait(hasMoved);
        Await(EpollEvents.Writable);
    }
}
