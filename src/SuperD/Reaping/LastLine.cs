using SuperD.Logging;

namespace SuperD.Reaping;

/// <summary>The beginning of the last line of a handler's stderr that is not empty.</summary>
/// <remarks>As bytes in one buffer: most lines are followed by another, and a flood must not cost a text for each.</remarks>
internal struct LastLine
{
    private const int MaxBytes = 200;

    private byte[]? _buffer;
    private int _length;

    /// <summary>The line's bytes; null if there was none.</summary>
    public readonly byte[]? Bytes => _length == 0 ? null : _buffer.AsSpan(0, _length).ToArray();

    /// <summary>The line, safe to print; null if there was none.</summary>
    public readonly string? Text => _length == 0 ? null : Printable.Escape(_buffer.AsSpan(0, _length));

    /// <summary>Replaces the line, unless the new one is empty.</summary>
    public void Keep(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
        {
            return;
        }

        int length = Math.Min(line.Length, MaxBytes);
        while (length > 0 && length < line.Length && (line[length] & 0xC0) == 0x80)
        {
            length--; // not in the middle of a character of UTF-8
        }

        _buffer ??= new byte[MaxBytes];
        line[..length].CopyTo(_buffer);
        _length = length;
    }
}
