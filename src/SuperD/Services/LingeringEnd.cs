using SuperD.Linux;

namespace SuperD.Services;

/// <summary>The state of the client's side after superd has closed its own.</summary>
internal enum ClientSide
{
    /// <summary>It may send more.</summary>
    Open,

    /// <summary>It has ended, or has sent as much as it may.</summary>
    Ended,

    /// <summary>The connection broke.</summary>
    Broken,
}

/// <summary>
/// Ends superd's side of a stream so that what was sent arrives, even if the client sends data that nobody reads. Loop only.
/// </summary>
/// <remarks>
/// If a socket with unread data is closed, the kernel sends a reset, and a reset discards what the client has not read yet. LingeringEnd
/// therefore shuts down the sending side first, and then discards what arrives until the client ends its side, for a limited time and
/// amount. Its owner keeps the time, calls <see cref="Discard"/> when the socket is readable, and closes it.
/// </remarks>
internal sealed class LingeringEnd
{
    /// <summary>How long the owner waits for the client.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private const int MostBytes = 1024 * 1024;

    /// <summary>Bounds one turn, so that a fast client does not starve the others.</summary>
    private const int BytesPerTurn = 256 * 1024;

    /// <summary>Receives the discarded bytes; nobody reads it.</summary>
    private static readonly byte[] s_waste = new byte[16 * 1024];

    private readonly Fd _socket;
    private int _left;

    /// <summary>Ends superd's side.</summary>
    /// <param name="bytesLeft">How many bytes may be discarded; less than all if the previous version has discarded some.</param>
    public LingeringEnd(Fd socket, int bytesLeft = MostBytes)
    {
        _socket = socket;
        _left = bytesLeft;
        StreamSocket.EndSending(socket);
    }

    /// <summary>How many more bytes may be discarded.</summary>
    public int BytesLeft => _left;

    /// <summary>Discards what is there now, or a part of it; the socket then stays readable.</summary>
    /// <param name="bytes">How many bytes it discarded.</param>
    public ClientSide Discard(out int bytes)
    {
        bytes = 0;
        while (_left > 0 && bytes < BytesPerTurn)
        {
            SysResult result = StreamSocket.Receive(_socket, s_waste.AsSpan(0, Math.Min(_left, s_waste.Length)));
            if (result.IsError)
            {
                return result.Errno == Errno.EAGAIN ? ClientSide.Open : ClientSide.Broken;
            }

            if (result.Value == 0)
            {
                return ClientSide.Ended;
            }

            _left -= result.Value;
            bytes += result.Value;
        }

        return _left > 0 ? ClientSide.Open : ClientSide.Ended;
    }
}
