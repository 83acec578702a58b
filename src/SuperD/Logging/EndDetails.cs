using System.Globalization;
using System.Text;
using System.Text.Unicode;
using SuperD.Linux;

namespace SuperD.Logging;

/// <summary>The part of a connection's record beyond its process; omits what is unknown or did not happen.</summary>
/// <param name="Traffic">The connection's traffic; null if superd could not read it.</param>
/// <param name="Reason">Why it did not end by itself, or not as intended; null for a normal end.</param>
/// <param name="Orphans">How many processes were left behind and ended.</param>
/// <param name="StderrDropped">How many lines of its stderr were not logged.</param>
/// <param name="PidsRefused">How many processes could not be created because of a limit.</param>
internal readonly record struct EndDetails(TcpTraffic? Traffic, string? Reason, int Orphans, long StderrDropped = 0, long PidsRefused = 0)
    : IUtf8SpanFormattable
{
    private const int LongestText = 256;

    /// <summary>The values under their names in <see cref="ToString"/>.</summary>
    public IEnumerable<(string Name, object? Value)> Fields
    {
        get
        {
            if (Traffic is { } traffic)
            {
                yield return ("bytes_in", traffic.BytesIn);
                yield return ("bytes_out", traffic.BytesOut);
                yield return ("rtt_ms", traffic.RoundTrip.TotalMilliseconds);
            }

            if (Reason is not null)
            {
                yield return ("reason", Reason);
            }

            if (Orphans > 0)
            {
                yield return ("orphans", Orphans);
            }

            if (StderrDropped > 0)
            {
                yield return ("stderr_dropped", StderrDropped);
            }

            if (PidsRefused > 0)
            {
                yield return ("pids_refused", PidsRefused);
            }
        }
    }

    public override string ToString()
    {
        Span<byte> text = stackalloc byte[LongestText];
        _ = TryFormat(text, out int length, default, CultureInfo.InvariantCulture);
        return Encoding.UTF8.GetString(text[..length]);
    }

    /// <summary>Writes each value after a space, because there may be none.</summary>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        bytesWritten = 0;
        int length = 0;
        if (Traffic is { } traffic && !Utf8.TryWrite(
            utf8Destination,
            provider,
            $" bytes_in={traffic.BytesIn} bytes_out={traffic.BytesOut} rtt_ms={traffic.RoundTrip.TotalMilliseconds:0.###}",
            out length))
        {
            return false;
        }

        bytesWritten += length;
        length = 0;
        if (Reason is not null && !Utf8.TryWrite(utf8Destination[bytesWritten..], provider, $" reason={Reason}", out length))
        {
            return false;
        }

        bytesWritten += length;
        length = 0;
        if (Orphans > 0 && !Utf8.TryWrite(utf8Destination[bytesWritten..], provider, $" orphans={Orphans}", out length))
        {
            return false;
        }

        bytesWritten += length;
        length = 0;
        if (StderrDropped > 0 && !Utf8.TryWrite(utf8Destination[bytesWritten..], provider, $" stderr_dropped={StderrDropped}", out length))
        {
            return false;
        }

        bytesWritten += length;
        length = 0;
        if (PidsRefused > 0 && !Utf8.TryWrite(utf8Destination[bytesWritten..], provider, $" pids_refused={PidsRefused}", out length))
        {
            return false;
        }

        bytesWritten += length;
        return true;
    }
}
