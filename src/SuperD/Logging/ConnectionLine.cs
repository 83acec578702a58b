using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using SuperD.Services;

namespace SuperD.Logging;

/// <summary>
/// The state of a log line that every connection has. Formats straight to UTF-8; structured fields are built only when a target asks.
/// </summary>
internal abstract class ConnectionLine : IUtf8SpanFormattable, IReadOnlyList<KeyValuePair<string, object?>>
{
    private KeyValuePair<string, object?>[]? _facts;

    public int Count => Facts.Length;

    private KeyValuePair<string, object?>[] Facts => _facts ??= ListFacts();

    public KeyValuePair<string, object?> this[int index] => Facts[index];

    /// <summary>Writes the text of the line.</summary>
    public abstract bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider);

    public override string ToString()
    {
        for (int size = 256; ; size *= 2)
        {
            byte[] text = new byte[size];
            if (TryFormat(text, out int length, default, CultureInfo.InvariantCulture))
            {
                return Encoding.UTF8.GetString(text, 0, length);
            }
        }
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() =>
        ((IEnumerable<KeyValuePair<string, object?>>)Facts).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The values in the text, under the names that a message template would give them.</summary>
    protected abstract KeyValuePair<string, object?>[] ListFacts();
}

/// <summary>The line about a handler that executes its program.</summary>
internal sealed class AcceptLine(string service, long conn, Peer peer, int pid, Occupancy handlers) : ConnectionLine
{
    public override bool TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) => Utf8.TryWrite(
        utf8Destination, provider, $"accept {service} conn={conn} peer={peer} pid={pid} handlers={handlers}", out bytesWritten);

    protected override KeyValuePair<string, object?>[] ListFacts() =>
        [new("Service", service), new("Conn", conn), new("Peer", peer), new("Pid", pid), new("Handlers", handlers)];
}

/// <summary>THE RECORD of a connection, written when its handler and everything that started are gone.</summary>
internal sealed class EndLine(
    string service,
    long conn,
    int pid,
    Outcome outcome,
    long durationMs,
    long cpuMs,
    PeakMemory memKib,
    Occupancy handlers,
    EndDetails details) : ConnectionLine
{
    public override bool TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) => Utf8.TryWrite(
        utf8Destination,
        provider,
        $"end {service} conn={conn} pid={pid} {outcome} duration_ms={durationMs} cpu_ms={cpuMs} mem_kib={memKib} "
        + $"handlers={handlers}{details}",
        out bytesWritten);

    protected override KeyValuePair<string, object?>[] ListFacts() =>
    [
        new("Service", service),
        new("Conn", conn),
        new("Pid", pid),
        new("Outcome", outcome),
        new("DurationMs", durationMs),
        new("CpuMs", cpuMs),
        new("MemKib", memKib),
        new("Handlers", handlers),
        new("Details", details),
    ];
}
