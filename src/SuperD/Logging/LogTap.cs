using System.Buffers;

namespace SuperD.Logging;

/// <summary>
/// A second sink of the log, for <c>superd tail</c>: those who follow it, and the lines that are kept. Any thread.
/// </summary>
/// <remarks>Following costs nothing without a follower.</remarks>
internal sealed class LogTap
{
    private volatile Action<string?, byte[]>? _follower;

    /// <summary>The last lines of the log.</summary>
    public LogHistory History { get; } = new();

    /// <summary>
    /// Receives each line from now on: its service, if it has one, and the line as one JSON object in UTF-8 with a newline. Null stops it.
    /// </summary>
    public Action<string?, byte[]>? Follower
    {
        set => _follower = value;
    }

    /// <summary>Passes a line on.</summary>
    /// <param name="at">When it was logged.</param>
    public void Add(in LogEvent entry, DateTimeOffset at)
    {
        if (_follower is { } follower)
        {
            var line = new ArrayBufferWriter<byte>(512);
            JsonLine.Write(entry, at, line);
            line.Write("\n"u8);
            follower(LogFields.ServiceOf(entry.State), line.WrittenSpan.ToArray());
        }
    }
}
