using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace SuperD.Logging;

/// <summary>A log entry as one JSON object on one line.</summary>
internal static class JsonLine
{
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fff'Z'";

    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Appends the object, without a newline. Any thread.</summary>
    /// <param name="at">When it was logged.</param>
    public static void Write(in LogEvent entry, DateTimeOffset at, IBufferWriter<byte> line)
    {
        using var json = new Utf8JsonWriter(line, s_options);
        json.WriteStartObject();
        json.WriteString("time", at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
        json.WriteString("level", LevelName(entry.Level));
        json.WriteNumber("id", entry.Event.Id);
        json.WriteString("event", LogFields.SnakeCase(entry.Event.Name ?? string.Empty));
        foreach ((string name, object? value) in LogFields.Of(entry.State))
        {
            WriteField(json, name, value);
        }

        json.WriteString("message", entry.Text);
        if (entry.Exception is not null)
        {
            json.WriteString("exception", entry.Exception.ToString());
        }

        json.WriteEndObject();
    }

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

    private static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "crit",
    };
}
