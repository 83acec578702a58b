using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using SuperD.Configuration;

namespace SuperD.Logging;

/// <summary>Writes a log entry as one line: text for people, or one JSON object with the same facts as fields.</summary>
internal sealed class LineFormatter(LogFormat format, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "superd";

    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fff'Z'";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter writer)
    {
        writer.Write(Line(entry));
        writer.Write('\n');
    }

    /// <summary>The line, without its end; several lines only where there is an exception.</summary>
    public string Line<TState>(in LogEntry<TState> entry)
    {
        if (format == LogFormat.Json)
        {
            return ToJson(entry, time);
        }

        string line = $"{Now(time)} {LevelName(entry.LogLevel)} {entry.Formatter(entry.State, entry.Exception)}";
        return entry.Exception is null ? line : $"{line}\n{entry.Exception}";
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
            json.WriteString("event", LogFields.SnakeCase(entry.EventId.Name ?? string.Empty));
            foreach ((string name, object? value) in LogFields.Of(entry.State))
            {
                WriteField(json, name, value);
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
            case int number:
                json.WriteNumber(name, number);
                break;
            case long number:
                json.WriteNumber(name, number);
                break;
            case double number:
                json.WriteNumber(name, number);
                break;
            default:
                json.WriteString(name, value?.ToString());
                break;
        }
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
