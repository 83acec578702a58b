using System.Runtime.CompilerServices;
using System.Text;

namespace SuperD.Linux;

/// <summary>
/// The environment or the arguments of one launch: the plan's strings, then the launch's own. The memory is reused by the next launch.
/// </summary>
/// <remarks>Belongs to one launch. Stores strings by offset while the buffer can grow, and turns them into pointers at the end.</remarks>
public sealed unsafe class LaunchStrings
{
    private byte[] _text = GC.AllocateUninitializedArray<byte>(2048, pinned: true);
    private nint[] _pointers = GC.AllocateUninitializedArray<nint>(64, pinned: true);
    private int[] _offsets = new int[32];
    private int _textLength;
    private int _offsetCount;

    /// <summary>Adds a string of this launch.</summary>
    public void Add(ReadOnlySpan<char> text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        Span<byte> room = Reserve(length + 1);
        Encoding.UTF8.GetBytes(text, room);
        room[length] = 0;
    }

    /// <summary>Adds a variable of this launch.</summary>
    /// <param name="nameAndEquals"><c>NAME=</c> in UTF-8.</param>
    public void Add(ReadOnlySpan<byte> nameAndEquals, ReadOnlySpan<byte> value)
    {
        int length = nameAndEquals.Length + value.Length;
        Span<byte> room = Reserve(length + 1);
        nameAndEquals.CopyTo(room);
        value.CopyTo(room[nameAndEquals.Length..]);
        room[length] = 0;
    }

    /// <summary>Adds a variable with a numeric value.</summary>
    public void Add(ReadOnlySpan<byte> nameAndEquals, long value)
    {
        Span<byte> digits = stackalloc byte[20];
        value.TryFormat(digits, out int length);
        Add(nameAndEquals, digits[..length]);
    }

    /// <summary>Removes the strings and keeps the memory.</summary>
    internal void Clear() => _textLength = _offsetCount = 0;

    /// <summary>Adds a string verbatim, including its NULs; returns its offset for <see cref="AddressOf"/>.</summary>
    internal int AddRaw(ReadOnlySpan<byte> text)
    {
        int offset = _textLength;
        text.CopyTo(Reserve(text.Length));
        return offset;
    }

    /// <summary>The address at an offset; valid until the next Add.</summary>
    internal nint AddressOf(int offset) => (nint)Unsafe.AsPointer(ref _text[offset]);

    /// <summary>Builds an array as execve takes it: the fixed strings, those added since <see cref="Clear"/>, null.</summary>
    internal nint Complete(ReadOnlySpan<nint> fixedStrings)
    {
        int count = fixedStrings.Length + _offsetCount + 1;
        if (_pointers.Length < count)
        {
            _pointers = GC.AllocateUninitializedArray<nint>(count * 2, pinned: true);
        }

        fixedStrings.CopyTo(_pointers);
        for (int i = 0; i < _offsetCount; i++)
        {
            _pointers[fixedStrings.Length + i] = AddressOf(_offsets[i]);
        }

        _pointers[count - 1] = 0;
        return (nint)Unsafe.AsPointer(ref _pointers[0]);
    }

    private Span<byte> Reserve(int bytes)
    {
        if (_text.Length - _textLength < bytes)
        {
            byte[] larger = GC.AllocateUninitializedArray<byte>((_text.Length * 2) + bytes, pinned: true);
            _text.AsSpan(0, _textLength).CopyTo(larger);
            _text = larger;
        }

        if (_offsetCount == _offsets.Length)
        {
            Array.Resize(ref _offsets, _offsetCount * 2);
        }

        _offsets[_offsetCount++] = _textLength;
        Span<byte> room = _text.AsSpan(_textLength, bytes);
        _textLength += bytes;
        return room;
    }
}
