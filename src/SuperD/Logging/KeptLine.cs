using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;

namespace SuperD.Logging;

/// <summary>A line of the log that is kept as the values it was made of. Immutable.</summary>
/// <param name="bytes">Its length in the log.</param>
internal abstract class KeptLine(int bytes)
{
    /// <summary>Its length in the log; about as much memory keeps it.</summary>
    public int Bytes => bytes;

    /// <summary>The service it is about; null for superd as a whole.</summary>
    public abstract string? Service { get; }

    /// <summary>Appends it as one JSON object and a newline, in the form of <see cref="LogTap.Follower"/>.</summary>
    public abstract void WriteTo(IBufferWriter<byte> output);
}

/// <summary>A kept line whose values are in a <typeparamref name="TState"/>.</summary>
/// <param name="at">When it was logged.</param>
internal sealed class KeptLine<TState>(LogEntry<TState> entry, DateTimeOffset at, int bytes) : KeptLine(bytes)
{
    public override string? Service => LogFields.ServiceOf(entry.State);

    public override void WriteTo(IBufferWriter<byte> output)
    {
        JsonLine.Write(entry, at, output);
        output.Write("\n"u8);
    }
}
