using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;

namespace SuperD.Logging;

/// <summary>Standard error: one line per entry.</summary>
internal sealed class StandardErrorTarget(LineFormatter formatter) : ILogTarget
{
    private readonly Stream _stream = Console.OpenStandardError();

    public string Name => "stderr";

    public bool IsStream => true;

    public void Format<TState>(in LogEntry<TState> entry, IBufferWriter<byte> record) => formatter.Write(entry, record);

    public string? TryWrite(ReadOnlySpan<byte> records, out int written)
    {
        written = records.Length;
        try
        {
            _stream.Write(records);
        }
        catch (IOException)
        {
            // Nobody reads it, or its disk is full, so the lines are lost.
        }

        return null;
    }

    public void Reopen()
    {
        // Nothing to do: standard error cannot be opened again.
    }

    public void Dispose() => _stream.Dispose();
}
