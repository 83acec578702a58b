using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;

namespace SuperD.Logging;

/// <summary>Standard error: a line for each entry.</summary>
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
            // Nobody reads it, or its disk is full: there is no other place to say so.
        }

        return null;
    }

    public void Reopen()
    {
        // It cannot be opened anew.
    }

    public void Dispose() => _stream.Dispose();
}
