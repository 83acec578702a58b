using Microsoft.Extensions.Logging.Abstractions;

namespace SuperD.Logging;

/// <summary>A place log lines go to other than standard error: the journal, syslog, a file.</summary>
internal interface ILogTarget : IDisposable
{
    /// <summary>What it is called in messages: <c>journal</c>, <c>syslog</c>, a file's path.</summary>
    string Name { get; }

    /// <summary>The entry as this target takes it. Any thread.</summary>
    byte[] Format<TState>(in LogEntry<TState> entry);

    /// <summary>Writes what <see cref="Format"/> made; may wait. The log's writer thread only.</summary>
    /// <returns>Null when it is written, else the reason why not; the next one is tried anew.</returns>
    string? TryWrite(ReadOnlySpan<byte> record);

    /// <summary>Gives up what it holds open, because it was renamed or started anew; the next write opens it again. The log's writer thread only.</summary>
    void Reopen();
}
