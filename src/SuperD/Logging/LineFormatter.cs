using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using SuperD.Configuration;

namespace SuperD.Logging;

/// <summary>
/// Formats a log entry as one line: text for people, or a JSON object with the same values as fields. One thread at a time.
/// </summary>
/// <param name="isForTerminal">Writes text as <see cref="TerminalLine"/> does.</param>
internal sealed class LineFormatter(LogFormat format, TimeProvider time, bool isForTerminal = false)
{
    private readonly LogClock _clock = new(time);
    private readonly ArrayBufferWriter<byte> _text = new();

    /// <summary>Appends the line and a newline; more than one line only if there is an exception.</summary>
    public void Write(in LogEvent entry, IBufferWriter<byte> line)
    {
        if (format == LogFormat.Json)
        {
            JsonLine.Write(entry, time.GetUtcNow(), line);
        }
        else if (isForTerminal)
        {
            _text.ResetWrittenCount();
            WriteText(entry, _text);
            TerminalLine.Write(entry, Encoding.UTF8.GetString(_text.WrittenSpan), time, line);
        }
        else
        {
            line.Write(_clock.Now());
            line.Write(LevelName(entry.Level));
            WriteText(entry, line);
        }

        line.Write("\n"u8);
    }

    private static void WriteText(in LogEvent entry, IBufferWriter<byte> line)
    {
        if (entry.State is IUtf8SpanFormattable facts)
        {
            int length;
            for (int size = 256; !facts.TryFormat(line.GetSpan(size), out length, default, CultureInfo.InvariantCulture); size *= 2)
            {
            }

            line.Advance(length);
            return;
        }

        Encoding.UTF8.GetBytes(entry.Text, line);
        if (entry.Exception is not null)
        {
            Encoding.UTF8.GetBytes($"\n{entry.Exception}", line);
        }
    }

    /// <summary>Five characters, so that lines are aligned, between two spaces.</summary>
    private static ReadOnlySpan<byte> LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace => " trace "u8,
        LogLevel.Debug => " debug "u8,
        LogLevel.Information => " info  "u8,
        LogLevel.Warning => " warn  "u8,
        LogLevel.Error => " error "u8,
        _ => " crit  "u8,
    };
}
