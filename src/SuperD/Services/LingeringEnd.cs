using SuperD.Linux;

namespace SuperD.Services;

/// <summary>How it is with the client's side after the end of superd's.</summary>
internal enum ClientSide
{
    /// <summary>It may send more.</summary>
    Open,

    /// <summary>It has ended, or has sent all it may.</summary>
    Ended,

    /// <summary>The connection broke.</summary>
    Broken,
}

/// <summary>Ends superd's side of a stream so that what was said arrives, though the client sends what nobody reads. Loop only.</summary>
/// <remarks>
/// To close a socket with unread data makes the kernel send a reset, and a reset throws away what the client has not read yet. So the
/// stream is ended first, and what still comes is thrown away until the client ends its side, for a short time and a bounded amount. Its owner
/// keeps the time, calls <see cref="Discard"/> when the socket is readable, and closes it.
/// </remarks>
internal sealed class LingeringEnd
{
    /// <summary>How long a client is waited for.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private const int MostBytes = 1024 * 1024;

    /// <summary>So that a fast client does not keep the others waiting.</summary>
    private const int BytesPerTurn = 256 * 1024;

    /// <summary>What comes is never looked at.</summary>
    private static readonly byte[] s_waste = new byte[16 * 1024];

    private readonly Fd _socket;
    private int _left;

    /// <summary>Ends superd's side.</summary>
    /// <param name="bytesLeft">How much is thrown away, where superd's last version has thrown away some already.</param>
    public LingeringEnd(Fd socket, int bytesLeft = MostBytes)
    {
        _socket = socket;
        _left = bytesLeft;
        StreamSocket.EndSending(socket);
    }

    /// <summary>How much is still thrown away.</summary>
    public int BytesLeft => _left;

    /// <summary>Throws away what is there now, or a part of it: then the socket stays readable.</summary>
    /// <param name="bytes">How much that was.</param>
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
