using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Logging;

/// <summary>Writes a log entry as one line: text for people, or one JSON object with the same facts as fields.</summary>
internal sealed class LineFormatter(LogFormat format, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "superd";

    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fff'Z'";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter writer)
    {
        string message = entry.Formatter(entry.State, entry.Exception);
        string now = Now(time);
        if (format == LogFormat.Text)
        {
            writer.Write(now);
            writer.Write(' ');
            writer.Write(LevelName(entry.LogLevel));
            writer.Write(' ');
            writer.Write(message);
            writer.Write('\n');
            if (entry.Exception is not null)
            {
                writer.Write(entry.Exception.ToString());
                writer.Write('\n');
            }
        }
        else
        {
            writer.Write(ToJson(entry, time));
            writer.Write('\n');
        }
    }

    /// <summary>An entry as one JSON object, without the end of the line.</summary>
    public static string ToJson<TState>(in LogEntry<TState> entry, TimeProvider time)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("time", Now(time));
            json.WriteString("level", LevelName(entry.LogLevel).TrimEnd());
            json.WriteNumber("id", entry.EventId.Id);
            json.WriteString("event", SnakeCase(entry.EventId.Name ?? string.Empty));
            if (entry.State is IReadOnlyList<KeyValuePair<string, object?>> fields)
            {
                foreach ((string name, object? value) in fields)
                {
                    if (name != "{OriginalFormat}")
                    {
                        WriteField(json, name, value);
                    }
                }
            }

            json.WriteString("message", entry.Formatter(entry.State, entry.Exception));
            if (entry.Exception is not null)
            {
                json.WriteString("exception", entry.Exception.ToString());
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string Now(TimeProvider time) => time.GetUtcNow().ToString(TimeFormat, CultureInfo.InvariantCulture);

    private static void WriteField(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case Outcome { Status.Signal: 0 } outcome:
                json.WriteNumber("exit", outcome.Status.Code);
                break;
            case Outcome outcome:
                json.WriteString("signal", Linux.Signal.Name(outcome.Status.Signal));
                break;
            case PeakMemory memory:
                json.WriteNumber(memory.IsUpperBound ? "mem_kib_below" : "mem_kib", memory.KiB);
                break;
            case EndDetails details:
                WriteDetails(json, details);
                break;
            case int number:
                json.WriteNumber(SnakeCase(name), number);
                break;
            case long number:
                json.WriteNumber(SnakeCase(name), number);
                break;
            case double number:
                json.WriteNumber(SnakeCase(name), number);
                break;
            default:
                json.WriteString(SnakeCase(name), value?.ToString());
                break;
        }
    }

    private static void WriteDetails(Utf8JsonWriter json, EndDetails details)
    {
        if (details.Traffic is { } traffic)
        {
            json.WriteNumber("bytes_in", traffic.BytesIn);
            json.WriteNumber("bytes_out", traffic.BytesOut);
            json.WriteNumber("rtt_ms", traffic.RoundTrip.TotalMilliseconds);
        }

        if (details.Reason is not null)
        {
            json.WriteString("reason", details.Reason);
        }

        if (details.Orphans > 0)
        {
            json.WriteNumber("orphans", details.Orphans);
        }
    }

    /// <summary><c>DurationMs</c> as <c>duration_ms</c>: the names of the text form.</summary>
    private static string SnakeCase(string name)
    {
        var result = new StringBuilder(name.Length + 4);
        foreach (char letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && result.Length > 0)
            {
                result.Append('_');
            }

            result.Append(char.ToLowerInvariant(letter));
        }

        return result.ToString();
    }

    /// <summary>Five characters, so that lines stand aligned.</summary>
    private static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        LogLevel.Error => "error",
        _ => "crit ",
    };
}
