using System.Buffers;

namespace SuperD.Logging;

/// <summary>A line of the log that is kept as the values it was made of. Immutable.</summary>
/// <param name="at">When it was logged.</param>
/// <param name="bytes">Its length in the log.</param>
internal sealed class KeptLine(LogEvent entry, DateTimeOffset at, int bytes)
{
    /// <summary>Its length in the log; about as much memory keeps it.</summary>
    public int Bytes => bytes;

    /// <summary>The service it is about; null for superd as a whole.</summary>
    public string? Service => LogFields.ServiceOf(entry.State);

    /// <summary>Appends it as one JSON object and a newline, in the form of <see cref="LogTap.Follower"/>.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        JsonLine.Write(entry, at, output);
        output.Write("\n"u8);
    }
}
