using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SuperD.Upgrading;

/// <summary>The bytes of a handover. Small pieces are base64 in the JSON; larger arrays follow it, each of them once.</summary>
/// <remarks>
/// A thousand clients may be in the middle of the same banner of many megabytes. As JSON their copies exceed what one array can hold, and
/// superd would stand still while it writes them. One converter writes or reads one handover.
/// </remarks>
internal sealed class HandoverBytes : JsonConverter<ReadOnlyMemory<byte>>
{
    private const int MostInJson = 4096;

    private readonly List<byte[]> _arrays = [];
    private readonly Dictionary<byte[], int> _numbers = [];

    /// <summary>For writing.</summary>
    public HandoverBytes()
    {
    }

    /// <summary>For reading what <see cref="CopyTo"/> wrote.</summary>
    public HandoverBytes(ReadOnlySpan<byte> written)
    {
        while (written.Length > 0)
        {
            int length = written.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(written);
            if (length < 0 || length > written.Length - sizeof(int))
            {
                throw new JsonException("the bytes after the JSON are cut off");
            }

            _arrays.Add(written.Slice(sizeof(int), length).ToArray());
            written = written[(sizeof(int) + length)..];
        }
    }

    /// <summary>How many bytes <see cref="CopyTo"/> writes.</summary>
    public int Length => _arrays.Sum(array => sizeof(int) + array.Length);

    /// <summary>Writes the arrays, each after its length.</summary>
    public void CopyTo(Span<byte> target)
    {
        foreach (byte[] array in _arrays)
        {
            BinaryPrimitives.WriteInt32LittleEndian(target, array.Length);
            array.CopyTo(target[sizeof(int)..]);
            target = target[(sizeof(int) + array.Length)..];
        }
    }

    public override void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> value, JsonSerializerOptions options)
    {
        if (value.Length <= MostInJson || !MemoryMarshal.TryGetArray(value, out ArraySegment<byte> segment))
        {
            writer.WriteBase64StringValue(value.Span);
            return;
        }

        byte[] array = segment.Array!; // it is of an array
        if (!_numbers.TryGetValue(array, out int number))
        {
            _numbers.Add(array, number = _arrays.Count);
            _arrays.Add(array);
        }

        writer.WriteStartArray();
        writer.WriteNumberValue(number);
        writer.WriteNumberValue(segment.Offset);
        writer.WriteNumberValue(segment.Count);
        writer.WriteEndArray();
    }

    public override ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.TryGetBytesFromBase64(out byte[]? bytes) ? bytes : throw new JsonException();
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException();
        }

        int number = ReadNumber(ref reader), offset = ReadNumber(ref reader), length = ReadNumber(ref reader);
        bool isThere = number < _arrays.Count && offset <= _arrays[number].Length && length <= _arrays[number].Length - offset;
        return reader.Read() && reader.TokenType == JsonTokenType.EndArray && isThere
            ? _arrays[number].AsMemory(offset, length)
            : throw new JsonException();
    }

    private static int ReadNumber(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int number) && number >= 0
            ? number
            : throw new JsonException();
}
