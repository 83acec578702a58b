using System.Buffers;
using SuperD.Linux;

namespace SuperD.Logging;

/// <summary>Standard error: one line per entry.</summary>
/// <remarks>Not through the Console, whose first write can send a terminal the sequences of its keypad.</remarks>
internal sealed class StandardErrorTarget(LineFormatter formatter) : ILogTarget
{
    public string Name => "stderr";

    public bool IsStream => true;

    public void Format(in LogEvent entry, IBufferWriter<byte> record) => formatter.Write(entry, record);

    public string? TryWrite(ReadOnlySpan<byte> records, out int written)
    {
        // If nobody reads it, or its disk is full, the lines are lost.
        _ = StandardDescriptors.WriteError(records);
        written = records.Length;
        return null;
    }

    public void Reopen()
    {
        // Nothing to do: standard error cannot be opened again.
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
