using System.Diagnostics;
using System.Net.Sockets;
using SuperD.Linux;

namespace SuperD.Cli;

/// <summary>Reads lines from the console's socket, limited to <see cref="MostBytes"/> and in time.</summary>
internal sealed class ReplyReader(Socket socket)
{
    /// <summary>Far more than a page of superd's reply, which has a hundred entries.</summary>
    public const int MostBytes = 16 * 1024 * 1024;

    private const int FirstSize = 16 * 1024;

    private byte[] _buffer = new byte[FirstSize];
    private int _start;
    private int _end;

    /// <summary>Reads one line, without its newline, valid until the next call; returns null at the end of the stream.</summary>
    /// <param name="patience">The time for the whole line; null = no limit.</param>
    /// <exception cref="OutputFailure">While it waited without limit, the reader of stdout has gone.</exception>
    /// <exception cref="ConsoleFailure">The line does not come in time or is too long, or the connection broke.</exception>
    public ReadOnlyMemory<byte>? ReadLine(TimeSpan? patience)
    {
        var clock = Stopwatch.StartNew();
        for (int searched = 0; ;)
        {
            int newline = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                ReadOnlyMemory<byte> line = _buffer.AsMemory(_start, searched + newline);
                _start += searched + newline + 1;
                return line;
            }

            searched = _end - _start;
            MakeRoom();
            int count = Receive(patience - clock.Elapsed, patience);
            if (count == 0)
            {
                return null;
            }

            _end += count;
        }
    }

    private void MakeRoom()
    {
        if (_end < _buffer.Length)
        {
            return;
        }

        int length = _end - _start;
        if (length >= MostBytes)
        {
            throw new ConsoleFailure($"it sends a line of more than {MostBytes} bytes, as superd never does", ExitCode.Unavailable);
        }

        byte[] buffer = length > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
        _buffer.AsSpan(_start, length).CopyTo(buffer);
        (_buffer, _start, _end) = (buffer, 0, length);
    }

    private int Receive(TimeSpan? left, TimeSpan? patience)
    {
        if (patience is null && !StandardDescriptors.WaitWhileOutputIsRead((int)socket.Handle))
        {
            throw new OutputFailure(Errno.EPIPE); // nobody would read what is waited for
        }

        try
        {
            socket.ReceiveTimeout = left is { } time ? (int)Math.Max(time.TotalMilliseconds, 1) : 0;
            return socket.Receive(_buffer.AsSpan(_end));
        }
        catch (SocketException problem) when (problem.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            throw new ConsoleFailure(
                $"it has not answered for {patience?.TotalSeconds:0} s; is it stopped, or very busy?", ExitCode.Unavailable);
        }
        catch (SocketException problem)
        {
            throw new ConsoleFailure($"lost the connection to it: {problem.Message}", ExitCode.IoError);
        }
    }
}
