using System.Buffers;
using SuperD.Linux;

namespace SuperD.Relaying;

/// <summary>What one step of a direction came to.</summary>
internal enum RelayStep
{
    /// <summary>Nothing could be moved now.</summary>
    Nothing,

    /// <summary>Bytes were moved, or the end was passed on.</summary>
    Moved,

    /// <summary>The side it reads from has broken off.</summary>
    SourceBroke,

    /// <summary>The side it writes to has broken off.</summary>
    TargetBroke,
}

/// <summary>One direction of a relay: what one side sends, the other gets, its end included. Loop only.</summary>
/// <remarks>
/// Nothing is read while something waits to be written, so a direction holds one buffer at most, and only while its target is slow: that is the
/// back-pressure, since the source's own socket fills up next. A plain buffer, not splice(2): a pipe for each direction would triple the
/// descriptors of a relay, to save a quarter of the processor time of bulk transfers and nothing of short exchanges (measured).
/// </remarks>
internal sealed class RelayDirection(Fd source, Fd target) : IDisposable
{
    /// <summary>Most bytes one step moves, and most bytes that wait: a direction's turn, before all others have theirs.</summary>
    public const int BufferSize = 64 * 1024;

    private byte[]? _waiting;
    private int _start;
    private int _end;
    private int _uncounted;
    private bool _sawEnd;

    /// <summary>Bytes passed on, without the header put before them.</summary>
    public long Bytes { get; private set; }

    /// <summary>The source has ended, and the target has been told so, or is not there any more.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>True after <see cref="Discard"/>: what the source sends is read and thrown away.</summary>
    public bool IsDiscarding { get; private set; }

    public bool WantsToRead => !_sawEnd && _waiting is null;

    public bool WantsToWrite => _waiting is not null;

    /// <summary>Puts bytes before the first of the source.</summary>
    public void Begin(ReadOnlySpan<byte> header)
    {
        Keep(header);
        _uncounted = header.Length;
    }

    public DirectionHandover HandOver() => new(_waiting?[_start.._end], _uncounted, _sawEnd, Bytes, IsEnded, IsDiscarding);

    /// <summary>Goes on where superd's last version was.</summary>
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
    /// <param name="scratch">Room for <see cref="BufferSize"/> bytes, shared by all relays: most of what is read is written at once.</param>
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

    /// <summary>The target takes no more: the source is only read, so that closing it does not reset what it is still to receive.</summary>
    public void Discard()
    {
        IsDiscarding = true;
        Release();
        IsEnded |= _sawEnd;
    }

    /// <summary>The source has broken off: its end is passed on as if it had been sent.</summary>
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
