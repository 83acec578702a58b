using System.Text.Unicode;
using SuperD.Linux;

namespace SuperD.Logging;

/// <summary>A handler's peak memory as in the log: <c>51200</c>, or <c>&lt;9800</c> if only an upper bound is known.</summary>
/// <param name="IsUpperBound">Whether the handler used less than this: the kernel then reports only superd's own peak.</param>
internal readonly record struct PeakMemory(long KiB, bool IsUpperBound) : IUtf8SpanFormattable
{
    /// <summary>The peak in a handler's resource usage.</summary>
    public static PeakMemory Of(ResourceUsage usage) =>
        new(usage.PeakMemoryKiB, !ChildProcess.IsOwnPeak(usage));

    public override string ToString() => IsUpperBound ? $"<{KiB}" : KiB.ToString();

    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        IsUpperBound
            ? Utf8.TryWrite(utf8Destination, provider, $"<{KiB}", out bytesWritten)
            : KiB.TryFormat(utf8Destination, out bytesWritten, format, provider);
}
