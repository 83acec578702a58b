using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;

namespace SuperD.Logging;

/// <summary>A place log lines go to: standard error, the journal, syslog, a file.</summary>
internal interface ILogTarget : IDisposable
{
    /// <summary>What it is called in messages: <c>stderr</c>, <c>journal</c>, <c>syslog</c>, a file's path.</summary>
    string Name { get; }

    /// <summary>Whether records are lines of a stream, many of which may be written at once; otherwise each is sent by itself.</summary>
    bool IsStream { get; }

    /// <summary>Appends the entry as this target takes it. One thread at a time.</summary>
    void Format<TState>(in LogEntry<TState> entry, IBufferWriter<byte> record);

    /// <summary>Writes what <see cref="Format"/> made; may wait. The log's writer thread only.</summary>
    /// <param name="written">Bytes that are written; all, where there is no error.</param>
    /// <returns>Null when all is written, else the reason why not; the next one is tried anew.</returns>
    string? TryWrite(ReadOnlySpan<byte> records, out int written);

    /// <summary>Gives up what it holds open, because it was renamed or started anew; the next write opens it again. The log's writer thread only.</summary>
    void Reopen();
}
