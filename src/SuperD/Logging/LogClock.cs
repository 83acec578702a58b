using System.Globalization;

namespace SuperD.Logging;

/// <summary>The time in log lines, <c>2026-11-28T23:05:23.987Z</c>; reformats only what has changed. One thread at a time.</summary>
internal sealed class LogClock(TimeProvider time)
{
    private const string Form = "yyyy-MM-ddTHH:mm:ss.fff'Z'";
    private const int MillisecondsAt = 20;

    private readonly byte[] _text = new byte[24];
    private long _second = -1;

    /// <summary>Returns the current time; valid until the next call.</summary>
    public ReadOnlySpan<byte> Now()
    {
        DateTimeOffset now = time.GetUtcNow();
        long second = now.Ticks / TimeSpan.TicksPerSecond;
        if (second != _second)
        {
            _second = second;
            _ = now.TryFormat(_text, out _, Form, CultureInfo.InvariantCulture);
        }

        int millisecond = now.Millisecond;
        _text[MillisecondsAt] = (byte)('0' + (millisecond / 100));
        _text[MillisecondsAt + 1] = (byte)('0' + (millisecond / 10 % 10));
        _text[MillisecondsAt + 2] = (byte)('0' + (millisecond % 10));
        return _text;
    }
}
