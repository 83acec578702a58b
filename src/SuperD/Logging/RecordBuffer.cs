using System.Buffers;

namespace SuperD.Logging;

/// <summary>A reusable buffer of log records, stored one after the other. One thread at a time.</summary>
internal sealed class RecordBuffer : IBufferWriter<byte>
{
    private const int UsualSize = 4 * 1024;

    /// <summary>The largest buffer that is kept after a burst.</summary>
    private const int MostKept = 256 * 1024;

    private readonly List<int> _ends = [];
    private byte[] _bytes = new byte[UsualSize];
    private int _length;

    /// <summary>How many records are complete.</summary>
    public int Count => _ends.Count;

    /// <summary>Makes a record of what was written since the last one, and returns its length.</summary>
    public int Complete()
    {
        int length = _length - StartOf(_ends.Count);
        _ends.Add(_length);
        return length;
    }

    /// <summary>Discards what was written since the last record.</summary>
    public void Discard() => _length = StartOf(_ends.Count);

    /// <summary>The bytes of a range of records.</summary>
    public ReadOnlySpan<byte> Records(int first, int count) => _bytes.AsSpan(StartOf(first), StartOf(first + count) - StartOf(first));

    /// <summary>How many records, starting with <paramref name="first"/>, fit into a number of bytes; at least one.</summary>
    public int CountWithin(int first, int bytes)
    {
        int count = 1;
        while (first + count < _ends.Count && StartOf(first + count + 1) - StartOf(first) <= bytes)
        {
            count++;
        }

        return count;
    }

    /// <summary>Removes all records.</summary>
    public void Clear()
    {
        _ends.Clear();
        _length = 0;
        if (_bytes.Length > MostKept)
        {
            _bytes = new byte[UsualSize];
            _ends.TrimExcess();
        }
    }

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_length);
    }

    private int StartOf(int record) => record == 0 ? 0 : _ends[record - 1];

    private void Reserve(int bytes)
    {
        if (_bytes.Length - _length < Math.Max(bytes, 1))
        {
            Array.Resize(ref _bytes, (_bytes.Length * 2) + bytes);
        }
    }
}
