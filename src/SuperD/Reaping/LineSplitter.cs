namespace SuperD.Reaping;

/// <summary>Splits a stream of bytes into lines. Keeps an unfinished line for the next call, and drops what exceeds the limit.</summary>
internal sealed class LineSplitter(int maxLineBytes)
{
    /// <summary>Receives a line.</summary>
    /// <param name="line">Without its newline, and without a carriage return before it.</param>
    /// <param name="isCut">Whether it exceeded the limit.</param>
    internal delegate void LineHandler(ReadOnlySpan<byte> line, bool isCut);

    private byte[]? _partial;
    private int _partialLength;
    private bool _isCut;

    /// <summary>Whether the next byte is the first of a line.</summary>
    public bool IsAtStart => _partialLength == 0;

    /// <summary>Takes the next bytes and passes on every line they complete.</summary>
    public void Feed(ReadOnlySpan<byte> bytes, LineHandler handle)
    {
        while (bytes.Length > 0)
        {
            int end = bytes.IndexOf((byte)'\n');
            if (end < 0)
            {
                Keep(bytes);
                return;
            }

            if (_partialLength == 0 && end <= maxLineBytes)
            {
                Handle(bytes[..end], handle, isCut: false);
            }
            else
            {
                Keep(bytes[..end]);
                Flush(handle);
            }

            bytes = bytes[(end + 1)..];
        }
    }

    /// <summary>Passes on the unfinished line, if there is one: its end will not come.</summary>
    public void Flush(LineHandler handle)
    {
        if (_partialLength > 0)
        {
            Handle(_partial.AsSpan(0, _partialLength), handle, _isCut);
        }

        _partialLength = 0;
        _isCut = false;
    }

    /// <summary>The unfinished line, and whether it was cut.</summary>
    public (byte[] Line, bool IsCut) Partial => (_partial?[.._partialLength] ?? [], _isCut);

    /// <summary>Starts with an unfinished line.</summary>
    public void Begin(ReadOnlySpan<byte> line, bool isCut)
    {
        Keep(line);
        _isCut |= isCut;
    }

    private static void Handle(ReadOnlySpan<byte> line, LineHandler handle, bool isCut) =>
        handle(line.EndsWith("\r"u8) ? line[..^1] : line, isCut);

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        _partial ??= new byte[maxLineBytes];
        int room = Math.Min(bytes.Length, maxLineBytes - _partialLength);
        bytes[..room].CopyTo(_partial.AsSpan(_partialLength));
        _partialLength += room;
        _isCut |= room < bytes.Length;
    }
}
