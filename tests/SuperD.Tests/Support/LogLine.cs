using System.Globalization;
using System.Text.Json;

namespace SuperD.Tests.Support;

/// <summary>One line of superd's JSON log.</summary>
internal sealed record LogLine(string Raw, IReadOnlyDictionary<string, string> Fields)
{
    /// <summary>The event's name: <c>accept</c>, <c>end</c>, <c>ready</c>; "none" for a line that is not JSON.</summary>
    public string Event => Fields.GetValueOrDefault("event", "none");

    public string Level => this["level"];

    public string Message => this["message"];

    /// <summary>A field by its name; throws with the whole line if it is missing.</summary>
    public string this[string field] =>
        Fields.TryGetValue(field, out string? value) ? value : throw new KeyNotFoundException($"no field '{field}' in {Raw}");

    public long Number(string field) => long.Parse(this[field], CultureInfo.InvariantCulture);

    /// <summary>The reason for a refusal or an abnormal end; null in the record of a normal end.</summary>
    public string? Reason => Fields.GetValueOrDefault("reason");

    /// <summary>Whether it is the terminal line of a connection; each connection has exactly one.</summary>
    public bool IsTerminal => Event is "end" or "refuse" or "launch_failed" or "health_check";

    /// <summary>When it was logged.</summary>
    public DateTime Time => DateTime.Parse(this["time"], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);

    public bool Is(string eventName, string service) => Event == eventName && Fields.GetValueOrDefault("service") == service;

    public override string ToString() => Raw;

    public static LogLine Parse(string line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            return new LogLine(line, json.RootElement.EnumerateObject().ToDictionary(field => field.Name, field => field.Value.ToString()));
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException or ArgumentException)
        {
            // It is not JSON, or no object, or has a field twice.
            return new LogLine(line, new Dictionary<string, string>());
        }
    }
}
