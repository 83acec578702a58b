using System.Runtime.CompilerServices;

namespace SuperD.Linux;

/// <summary>The environment of one launch, in memory that is used again for the next: the plan's variables, then the connection's.</summary>
/// <remarks>Belongs to one launch. Strings are kept by offset while they grow and become pointers at the end.</remarks>
public sealed unsafe class EnvironmentBlock
{
    private byte[] _text = GC.AllocateUninitializedArray<byte>(2048, pinned: true);
    private nint[] _pointers = GC.AllocateUninitializedArray<nint>(64, pinned: true);
    private readonly int[] _offsets = new int[32];
    private int _textLength;
    private int _offsetCount;

    /// <summary>Adds one variable of this launch.</summary>
    /// <param name="nameAndEquals"><c>NAME=</c> in UTF-8.</param>
    public void Add(ReadOnlySpan<byte> nameAndEquals, ReadOnlySpan<byte> value)
    {
        int length = nameAndEquals.Length + value.Length;
        Span<byte> room = Reserve(length + 1);
        nameAndEquals.CopyTo(room);
        value.CopyTo(room[nameAndEquals.Length..]);
        room[length] = 0;
    }

    /// <summary>Adds one variable whose value is a number.</summary>
    public void Add(ReadOnlySpan<byte> nameAndEquals, long value)
    {
        Span<byte> digits = stackalloc byte[20];
        value.TryFormat(digits, out int length);
        Add(nameAndEquals, digits[..length]);
    }

    internal void Clear() => _textLength = _offsetCount = 0;

    /// <summary>Adds a string as it is, its NULs included; returns its offset for <see cref="AddressOf"/>.</summary>
    internal int AddRaw(ReadOnlySpan<byte> text)
    {
        int offset = _textLength;
        text.CopyTo(Reserve(text.Length));
        return offset;
    }

    internal nint AddressOf(int offset) => (nint)Unsafe.AsPointer(ref _text[offset]);

    /// <summary>The pointer array execve takes: the fixed variables, then those added since <see cref="Clear"/>, then null.</summary>
    internal nint Complete(ReadOnlySpan<nint> fixedVariables)
    {
        int count = fixedVariables.Length + _offsetCount + 1;
        if (_pointers.Length < count)
        {
            _pointers = GC.AllocateUninitializedArray<nint>(count * 2, pinned: true);
        }

        fixedVariables.CopyTo(_pointers);
        for (int i = 0; i < _offsetCount; i++)
        {
            _pointers[fixedVariables.Length + i] = AddressOf(_offsets[i]);
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

        _offsets[_offsetCount++] = _textLength;
        Span<byte> room = _text.AsSpan(_textLength, bytes);
        _textLength += bytes;
        return room;
    }
}
