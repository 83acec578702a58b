namespace SuperD.Cli.Trials;

/// <summary>Compares a reply, as it arrives, with the expected one, and passes it on.</summary>
internal sealed class ReplyChecker(byte[] expected, Stream output) : Stream
{
    private long _length;
    private long? _firstDifference;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position { get => _length; set => throw new NotSupportedException(); }

    /// <summary>Returns the difference; null if there is none. Call it when the reply is complete.</summary>
    public string? Difference()
    {
        long? at = _firstDifference ?? (_length == expected.Length ? null : Math.Min(_length, expected.Length));
        if (at is not { } offset)
        {
            return null;
        }

        int line = 1 + expected.AsSpan(0, (int)Math.Min(offset, expected.Length)).Count((byte)'\n');
        return $"the reply differs from byte {offset} on, in line {line}: {_length} bytes, expected {expected.Length}";
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        if (_firstDifference is null)
        {
            ReadOnlySpan<byte> rest = _length < expected.Length ? expected.AsSpan((int)_length) : [];
            int same = buffer.AsSpan(offset, count).CommonPrefixLength(rest);
            _firstDifference = same < count ? _length + same : null;
        }

        _length += count;
        output.Write(buffer, offset, count);
    }

    public override void Flush() => output.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
