using System.Buffers;
using SuperD.Linux;

namespace SuperD.Relaying;

/// <summary>The result of one step of a direction.</summary>
internal enum RelayStep
{
    /// <summary>Nothing could be moved now.</summary>
    Nothing,

    /// <summary>Bytes were moved, or the end of the stream was passed on.</summary>
    Moved,

    /// <summary>The connection of the side it reads from broke.</summary>
    SourceBroke,

    /// <summary>The connection of the side it writes to broke.</summary>
    TargetBroke,
}

/// <summary>One direction of a relay: passes on what one side sends to the other, including the end of the stream. Loop only.</summary>
/// <remarks>
/// It reads nothing while bytes wait to be written, so it holds one buffer at most, and only while its target is slow. That is the
/// back-pressure: the source's own socket fills up next. It uses a plain buffer, not splice(2): a pipe per direction would triple a relay's
/// descriptors, to save a quarter of the CPU time of bulk transfers and nothing of short exchanges (measured).
/// </remarks>
internal sealed class RelayDirection(Fd source, Fd target) : IDisposable
{
    /// <summary>The most bytes that one step moves or that wait; bounds a direction's turn, so that the others get theirs.</summary>
    public const int BufferSize = 64 * 1024;

    private byte[]? _waiting;
    private int _start;
    private int _end;
    private int _uncounted;
    private bool _sawEnd;

    /// <summary>Bytes passed on, without the header put before them.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether the source has ended and the target has been shut down, or is gone.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>True after <see cref="Discard"/>: what the source sends is read and dropped.</summary>
    public bool IsDiscarding { get; private set; }

    /// <summary>Whether it can use readable events of the source.</summary>
    public bool WantsToRead => !_sawEnd && _waiting is null;

    /// <summary>Whether it can use writable events of the target.</summary>
    public bool WantsToWrite => _waiting is not null;

    /// <summary>Puts a header before the first bytes of the source.</summary>
    public void Begin(ReadOnlySpan<byte> header)
    {
        Keep(header);
        _uncounted = header.Length;
    }

    /// <summary>Hands its state over to the next version.</summary>
    public DirectionHandover HandOver() => new(_waiting?[_start.._end], _uncounted, _sawEnd, Bytes, IsEnded, IsDiscarding);

    /// <summary>Continues where the previous version stopped.</summary>
    public void Inherit(DirectionHandover handed)
    {
        if (handed.Waiting is { Length: > 0 } waiting)
        {
            Keep(waiting.Span);
        }

        _uncounted = handed.Uncounted;
        _sawEnd = handed.SawEnd;
        Bytes = handed.Bytes;
        IsEnded = handed.IsEnded;
        IsDiscarding = handed.IsDiscarding;
    }

    /// <summary>Moves at most one buffer.</summary>
    /// <param name="scratch">A buffer of <see cref="BufferSize"/> bytes that all relays share, because most data is written as soon as it
    /// is read.</param>
    public RelayStep Move(byte[] scratch)
    {
        if (_waiting is not null)
        {
            return WriteWaiting();
        }

        if (_sawEnd)
        {
            return RelayStep.Nothing;
        }

        SysResult read = StreamSocket.Receive(source, scratch.AsSpan(0, BufferSize));
        if (read.IsError)
        {
            return read.Errno == Errno.EAGAIN ? RelayStep.Nothing : RelayStep.SourceBroke;
        }

        if (read.Value == 0)
        {
            _sawEnd = true;
            PassEndOn();
            return RelayStep.Moved;
        }

        return IsDiscarding ? RelayStep.Moved : WriteFresh(scratch.AsSpan(0, read.Value));
    }

    /// <summary>
    /// Runs when the target accepts no more: from now on it only reads the source, because closing a socket with unread data would reset
    /// the connection and lose what the source is still to receive.
    /// </summary>
    public void Discard()
    {
        IsDiscarding = true;
        Release();
        IsEnded |= _sawEnd;
    }

    /// <summary>Runs when the source broke: passes on the end of the stream as if the source had sent it.</summary>
    public void EndSource()
    {
        _sawEnd = true;
        PassEndOn();
    }

    public void Dispose() => Release();

    private RelayStep WriteFresh(ReadOnlySpan<byte> bytes)
    {
        SysResult written = StreamSocket.Send(target, bytes, more: false);
        if (written.IsError && written.Errno != Errno.EAGAIN)
        {
            return RelayStep.TargetBroke;
        }

        int count = Math.Max(written.Value, 0);
        Bytes += count;
        if (count < bytes.Length)
        {
            Keep(bytes[count..]);
        }

        return RelayStep.Moved;
    }

    private RelayStep WriteWaiting()
    {
        SysResult written = StreamSocket.Send(target, _waiting.AsSpan(_start, _end - _start), more: false);
        if (written.IsError)
        {
            return written.Errno == Errno.EAGAIN ? RelayStep.Nothing : RelayStep.TargetBroke;
        }

        int header = Math.Min(written.Value, _uncounted);
        _uncounted -= header;
        Bytes += written.Value - header;
        _start += written.Value;
        if (_start == _end)
        {
            Release();
        }

        return RelayStep.Moved;
    }

    private void PassEndOn()
    {
        StreamSocket.EndSending(target);
        IsEnded = true;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        _waiting = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(_waiting);
        (_start, _end) = (0, bytes.Length);
    }

    private void Release()
    {
        if (_waiting is not null)
        {
            ArrayPool<byte>.Shared.Return(_waiting);
            _waiting = null;
        }
    }
}
