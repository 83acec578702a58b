using System.Text.Unicode;
using SuperD.Linux;

namespace SuperD.Logging;

/// <summary>A handler's peak memory as log lines show it: <c>51200</c>, or <c>&lt;9800</c> where only a bound is known.</summary>
/// <param name="IsUpperBound">True when the handler used less than this, because superd's own peak is all the kernel tells.</param>
internal readonly record struct PeakMemory(long KiB, bool IsUpperBound) : IUtf8SpanFormattable
{
    public static PeakMemory Of(ResourceUsage usage) =>
        new(usage.PeakMemoryKiB, !ChildProcess.IsOwnPeak(usage));

    public override string ToString() => IsUpperBound ? $"<{KiB}" : KiB.ToString();

    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) => IsUpperBound
        ? Utf8.TryWrite(utf8Destination, provider, $"<{KiB}", out bytesWritten)
        : KiB.TryFormat(utf8Destination, out bytesWritten, format, provider);
}
