using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>Reads the line of RFC 1078: the name of a service and CR LF, in any number of segments. Accepts a bare LF.</summary>
/// <remarks>
/// What follows the line belongs to the service's handler and must stay in the socket, so it peeks at each segment (MSG_PEEK) and consumes
/// only the part that belongs to the line. A segment without a LF belongs to the line entirely; consuming it keeps it from waking the loop
/// again.
/// </remarks>
internal sealed class TcpMuxDialogue(Connection connection) : Dialogue(connection)
{
    /// <summary>The longest name of a service, and CR LF.</summary>
    private const int LongestLine = 64 + 2;

    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(10);

    private readonly byte[] _line = new byte[LongestLine];
    private int _length;

    /// <summary>The name, once a whole line has come or more than any name may have; null before that.</summary>
    public byte[]? Name { get; private set; }

    public override void OnReady(EpollEvents events)
    {
        Span<byte> room = _line.AsSpan(_length);
        SysResult peeked = StreamSocket.Peek(Connection.Socket, room);
        if (peeked.Errno == Errno.EAGAIN)
        {
            return;
        }

        if (peeked.IsError || peeked.Value == 0)
        {
            Finish(DialogueEnd.Gone);
            return;
        }

        int newline = room[..peeked.Value].IndexOf((byte)'\n');
        _ = Receive(room[..(newline < 0 ? peeked.Value : newline + 1)]);
        _length += newline < 0 ? peeked.Value : newline;
        if (newline >= 0 || _length == LongestLine)
        {
            ReadOnlySpan<byte> line = _line.AsSpan(0, _length);
            Name = (line.EndsWith("\r"u8) ? line[..^1] : line).ToArray();
            Finish(DialogueEnd.Done);
        }
    }

    protected override void Resume(DialogueHandover handed)
    {
        byte[] line = handed.WholeText();
        _length = Math.Min(line.Length, LongestLine - 1); // a whole line would have ended the dialogue
        line.AsSpan(0, _length).CopyTo(_line);
        Begin();
    }

    protected override DialogueHandover Complete(DialogueHandover handover) => handover with { Text = [_line.AsMemory(0, _length)] };

    protected override void Begin()
    {
        SetDeadline(s_longestWait);
        Await(EpollEvents.Readable);
    }
}
