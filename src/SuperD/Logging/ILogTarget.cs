using System.Buffers;

namespace SuperD.Logging;

/// <summary>A destination of log lines: standard error, the journal, syslog, a file.</summary>
internal interface ILogTarget : IDisposable
{
    /// <summary>Its name in messages: <c>stderr</c>, <c>journal</c>, <c>syslog</c>, a file's path.</summary>
    string Name { get; }

    /// <summary>Whether records are lines of a stream, which may be written together; otherwise each is sent by itself.</summary>
    bool IsStream { get; }

    /// <summary>Appends the entry in the target's format. One thread at a time.</summary>
    void Format(in LogEvent entry, IBufferWriter<byte> record);

    /// <summary>Writes what <see cref="Format"/> made; may block. Writer thread only.</summary>
    /// <param name="written">How many bytes were written; all of them without an error.</param>
    /// <returns>Null if all were written, otherwise the reason; the next write tries again.</returns>
    string? TryWrite(ReadOnlySpan<byte> records, out int written);

    /// <summary>
    /// Closes what it holds open, because a file was renamed or a daemon restarted; the next write opens it again. Writer thread only.
    /// </summary>
    void Reopen();
}
