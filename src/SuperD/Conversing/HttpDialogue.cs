using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>Reads the head of one HTTP request, answers it, and closes so that the answer arrives.</summary>
/// <remarks>
/// Its cost is bounded: the head has a longest length, head and response each have a time, and the response is made piece by piece, as
/// fast as the client reads.
/// </remarks>
/// <param name="answer">Makes the response to a request.</param>
internal sealed class HttpDialogue(Connection connection, Func<HttpRequest, HttpResponse> answer) : Dialogue(connection)
{
    private const int UsualHead = 512;

    private static readonly TimeSpan s_longestHead = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longestResponse = TimeSpan.FromSeconds(30);

    private byte[] _head = [];
    private int _length;
    private IEnumerator<byte[]>? _pieces;
    private ReadOnlyMemory<byte> _piece;
    private LingeringEnd? _end;

    /// <summary>Whether the request has arrived; the next version then only sends the rest.</summary>
    public bool IsAnswering => _pieces is not null;

    public override void OnReady(EpollEvents events)
    {
        if (_end is { } end)
        {
            Drain(end);
        }
        else if (_pieces is { } pieces)
        {
            Send(pieces);
        }
        else
        {
            Read();
        }
    }

    protected override void Begin()
    {
        SetDeadline(s_longestHead);
        Await(EpollEvents.Readable);
    }

    protected override void Resume(DialogueHandover handed)
    {
        _head = handed.WholeText();
        _length = _head.Length;
        Begin();
    }

    protected override DialogueHandover Complete(DialogueHandover handover)
    {
        if (_pieces is not { } pieces)
        {
            return handover with { Text = [_head.AsMemory(0, _length)] };
        }

        var rest = new List<ReadOnlyMemory<byte>> { _piece };
        while (pieces.MoveNext())
        {
            rest.Add(pieces.Current);
        }

        return handover with { Text = rest, BytesLeft = _end?.BytesLeft };
    }

    private void Read()
    {
        if (_length == _head.Length)
        {
            Array.Resize(ref _head, Math.Clamp(_length * 2, UsualHead, HttpRequest.MostBytes));
        }

        SysResult result = Receive(_head.AsSpan(_length));
        if (result.Errno == Errno.EAGAIN)
        {
            return;
        }

        if (result.IsError || result.Value == 0)
        {
            Finish(DialogueEnd.Gone);
            return;
        }

        _length += result.Value;
        HttpRequest? request = HttpRequest.Parse(_head.AsSpan(0, _length), out HttpStatus? problem);
        if (request is not null || problem is not null)
        {
            HttpResponse response = problem is { } status ? HttpResponse.Refusal(status) : answer(request!); // one of the two is there
            _head = [];
            _pieces = response.Bytes(request).GetEnumerator();
            SetDeadline(s_longestResponse);
            Send(_pieces);
        }
    }

    private void Send(IEnumerator<byte[]> pieces)
    {
        for (int budget = TurnBudget; budget > 0; budget--)
        {
            if (_piece.IsEmpty)
            {
                if (!pieces.MoveNext())
                {
                    _end = new LingeringEnd(Connection.Socket);
                    SetDeadline(LingeringEnd.LongestWait, DialogueEnd.Done);
                    Drain(_end);
                    return;
                }

                _piece = pieces.Current;
            }

            SysResult result = Send(_piece.Span);
            if (result.Errno == Errno.EAGAIN)
            {
                break;
            }

            if (result.IsError)
            {
                Finish(DialogueEnd.Gone);
                return;
            }

            _piece = _piece[result.Value..];
        }

        Await(EpollEvents.Writable);
    }

    private void Drain(LingeringEnd end)
    {
        if (Discard(end) != ClientSide.Open)
        {
            // A client that has its answer may reset: HAProxy's checks do.
            Finish(DialogueEnd.Done);
        }
    }
}
