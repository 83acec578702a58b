using System.Text.Json;

namespace SuperD.Benchmarks;

/// <summary>All figures of a run: by scenario, case, subject and metric, the values of all rounds.</summary>
internal sealed class Figures
{
    private readonly Dictionary<(string Scenario, string Case, string Subject, string Metric), List<double>> _values = [];

    /// <summary>Adds the value of one more round. The metric's name includes the unit.</summary>
    /// <param name="case">What varies within a scenario (<c>services=100</c>); empty if nothing does.</param>
    public void Add(string scenario, string @case, string subject, string metric, double value)
    {
        if (!_values.TryGetValue((scenario, @case, subject, metric), out List<double>? values))
        {
            _values.Add((scenario, @case, subject, metric), values = []);
        }

        values.Add(value);
    }

    /// <summary>The median of the rounds so far; null before the first.</summary>
    public double? Median(string scenario, string @case, string subject, string metric) =>
        _values.TryGetValue((scenario, @case, subject, metric), out List<double>? values) ? Median(values) : null;

    /// <summary>The sum of the rounds so far.</summary>
    public double Sum(string scenario, string @case, string subject, string metric) =>
        _values.TryGetValue((scenario, @case, subject, metric), out List<double>? values) ? values.Sum() : 0;

    /// <summary>The largest of the rounds so far.</summary>
    public double Largest(string scenario, string @case, string subject, string metric) =>
        _values.TryGetValue((scenario, @case, subject, metric), out List<double>? values) ? values.Max() : 0;

    /// <summary>Writes everything to a file: the conditions, then each figure with its median and rounds.</summary>
    public void WriteJson(string file, DateTime startedAt, Options options)
    {
        using FileStream stream = File.Create(file);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("started", startedAt);
        json.WriteString("linux", Environment.OSVersion.Version.ToString());
        json.WriteNumber("processors", Environment.ProcessorCount);
        json.WriteNumber("rounds", options.Rounds);
        json.WriteNumber("seconds", options.Seconds);
        json.WriteBoolean("smoke", options.IsSmoke);
        json.WriteStartArray("figures");
        foreach (((string scenario, string @case, string subject, string metric), List<double> values) in _values)
        {
            json.WriteStartObject();
            json.WriteString("scenario", scenario);
            json.WriteString("case", @case);
            json.WriteString("subject", subject);
            json.WriteString("metric", metric);
            json.WriteNumber("median", Median(values));
            json.WriteStartArray("rounds");
            values.ForEach(json.WriteNumberValue);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
