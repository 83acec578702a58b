using System.Buffers;

namespace SuperD.Logging;

/// <summary>The last lines of the log, for <c>superd tail -n</c>. Any thread.</summary>
/// <remarks>
/// Bounded in lines and bytes. A line becomes JSON only when somebody asks for it, so keeping it costs the loop one small object; that is
/// right because nothing in the state of a log line changes after it was logged.
/// </remarks>
internal sealed class LogHistory
{
    /// <summary>The most lines that are kept.</summary>
    public const int MostLines = 1000;

    /// <summary>The most bytes that the kept lines have in the log; the newest line is kept even if it has more.</summary>
    public const int MostBytes = 256 * 1024;

    private readonly object _lock = new(); // guards both fields below
    private readonly Queue<KeptLine> _lines = new();
    private int _bytes;

    /// <summary>Keeps a line.</summary>
    /// <param name="at">When it was logged.</param>
    /// <param name="bytes">Its length in the log.</param>
    public void Add(in LogEvent entry, DateTimeOffset at, int bytes)
    {
        var line = new KeptLine(entry, at, bytes);
        lock (_lock)
        {
            _lines.Enqueue(line);
            _bytes += bytes;
            while (_lines.Count > MostLines || (_bytes > MostBytes && _lines.Count > 1))
            {
                _bytes -= _lines.Dequeue().Bytes;
            }
        }
    }

    /// <summary>All kept lines, oldest first.</summary>
    public IReadOnlyList<KeptLine> Snapshot()
    {
        lock (_lock)
        {
            return [.. _lines];
        }
    }

    /// <summary>Formats the last lines about a service. Takes its time with many lines.</summary>
    /// <param name="lines">From <see cref="Snapshot"/>.</param>
    /// <param name="service">Null = lines about all services and superd itself.</param>
    /// <returns>Lines of JSON, oldest first, and how many there are.</returns>
    public static (byte[] Text, int Count) Format(IReadOnlyList<KeptLine> lines, string? service, int most)
    {
        KeptLine[] wanted = [.. lines.Where(line => service is null || line.Service == service).TakeLast(most)];
        var text = new ArrayBufferWriter<byte>();
        foreach (KeptLine line in wanted)
        {
            line.WriteTo(text);
        }

        return (text.WrittenSpan.ToArray(), wanted.Length);
    }
}
