using SuperD.Linux;

namespace SuperD.Control;

/// <summary>What a console client has sent and superd has not answered: requests of one line each, in a fixed buffer. Loop only.</summary>
internal sealed class RequestBuffer
{
    /// <summary>Longest request, its newline included.</summary>
    public const int Size = 4096;

    private readonly byte[] _bytes = new byte[Size];
    private int _length;

    /// <summary>Nothing more will come: the client has ended its side.</summary>
    public bool HasEnded { get; private set; }

    public bool IsEmpty => _length == 0;

    /// <summary>Whether no byte more fits in.</summary>
    public bool IsFull => _length == Size;

    /// <summary>What is in the buffer, and not answered.</summary>
    public ReadOnlySpan<byte> Content => _bytes.AsSpan(0, _length);

    /// <summary>Continues with what superd's last version had not answered.</summary>
    public void Inherit(ReadOnlySpan<byte> content, bool hasEnded)
    {
        _length = Math.Min(content.Length, Size);
        content[.._length].CopyTo(_bytes);
        HasEnded = hasEnded;
    }

    /// <summary>Receives into the free part, which must not be empty; 0 when the client has ended its side.</summary>
    public SysResult Receive(Fd socket)
    {
        SysResult read = StreamSocket.Receive(socket, _bytes.AsSpan(_length));
        if (!read.IsError)
        {
            HasEnded |= read.Value == 0;
            _length += read.Value;
        }

        return read;
    }

    /// <summary>Receives and discards, for a client whose requests are over.</summary>
    public SysResult Discard(Fd socket)
    {
        _length = 0;
        SysResult read = Receive(socket);
        _length = 0;
        return read;
    }

    /// <summary>The first request, without its newline; the last one needs none. Valid until the next change of the buffer.</summary>
    /// <returns>False while no request is complete.</returns>
    public bool TryPeek(out ReadOnlySpan<byte> request)
    {
        int end = Content.IndexOf((byte)'\n');
        bool isComplete = end >= 0 || (HasEnded && !IsEmpty);
        request = isComplete ? Content[..(end >= 0 ? end : _length)] : default;
        return isComplete;
    }

    /// <summary>Removes the request that <see cref="TryPeek"/> has given.</summary>
    /// <param name="length">Its length, without the newline.</param>
    public void Remove(int length)
    {
        ReadOnlySpan<byte> rest = Content[Math.Min(length + 1, _length)..];
        rest.CopyTo(_bytes);
        _length = rest.Length;
    }
}
