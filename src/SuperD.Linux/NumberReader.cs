namespace SuperD.Linux;

/// <summary>Reads a file of /proc that has only numbers, piece by piece.</summary>
/// <param name="file">Read from its start; the caller's.</param>
internal struct NumberReader(Fd file)
{
    private const int ChunkSize = 4096; // the kernel gives no more at once

    private long _offset;

    /// <summary>The number at the end of the last piece, which may go on in the next; 0 = none.</summary>
    private int _number;

    /// <summary>Adds the numbers of the next piece; false at the end.</summary>
    public bool AddNext(List<int> numbers)
    {
        Span<byte> chunk = stackalloc byte[ChunkSize];
        int length = Math.Max(0, file.ReadAt(_offset, chunk).Value);
        _offset += length;
        foreach (byte character in chunk[..length])
        {
            if (character is >= (byte)'0' and <= (byte)'9')
            {
                _number = (_number * 10) + (character - '0');
            }
            else
            {
                AddNumber(numbers);
            }
        }

        if (length == 0)
        {
            AddNumber(numbers);
        }

        return length > 0;
    }

    private void AddNumber(List<int> numbers)
    {
        if (_number != 0)
        {
            numbers.Add(_number);
            _number = 0;
        }
    }
}
