using System.Text.Unicode;

namespace SuperD.Services;

/// <summary>A count and its limit, as in the log: <c>3/40</c>, or <c>3</c> without a limit.</summary>
/// <param name="Limit">Null = unlimited.</param>
internal readonly record struct Occupancy(int Count, int? Limit) : IUtf8SpanFormattable
{
    public override string ToString() => Limit is { } limit ? $"{Count}/{limit}" : Count.ToString();

    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        Limit is { } limit
            ? Utf8.TryWrite(utf8Destination, provider, $"{Count}/{limit}", out bytesWritten)
            : Count.TryFormat(utf8Destination, out bytesWritten, format, provider);
}
