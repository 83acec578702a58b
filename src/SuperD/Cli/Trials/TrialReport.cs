using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SuperD.Cli.Trials;

/// <summary>What <c>superd try</c> says in the end. As JSON its names are a promise to scripts: add, never rename.</summary>
/// <param name="Faults">Runs in which something was not as it should be.</param>
/// <param name="Outcomes">How many runs ended how: <c>exit=0</c>.</param>
/// <param name="FirstFault">The first run that was not as it should be.</param>
/// <param name="Runs">At most <see cref="MostRuns"/>.</param>
internal sealed record TrialReport(
    string Service,
    int Count,
    int Faults,
    IReadOnlyDictionary<string, int> Outcomes,
    long DurationMsMedian,
    long DurationMsMax,
    long CpuMs,
    long BytesSent,
    long BytesReceived,
    int Leaked,
    TrialResult? FirstFault,
    IReadOnlyList<TrialResult> Runs)
{
    public const int MostRuns = 100;

    private const int MostStderr = 20;

    public static TrialReport Of(string service, IReadOnlyList<TrialResult> runs)
    {
        long[] durations = [.. runs.Select(run => run.DurationMs).DefaultIfEmpty().Order()];
        return new TrialReport(
            service,
            runs.Count,
            runs.Count(run => run.Fault is not null),
            runs.GroupBy(run => run.Outcome()).OrderByDescending(group => group.Count()).ToDictionary(group => group.Key, group => group.Count()),
            durations[durations.Length / 2],
            durations[^1],
            runs.Sum(run => run.CpuMs),
            runs.Sum(run => run.BytesSent),
            runs.Sum(run => run.BytesReceived),
            runs.Sum(run => run.Leaked),
            runs.FirstOrDefault(run => run.Fault is not null),
            [.. runs.Take(MostRuns)]);
    }

    public string ToJson() => JsonSerializer.Serialize(this, TrialReportContext.Readable.TrialReport);

    /// <summary>For people: stderr as it was, then one line of figures, then what is wrong.</summary>
    public void Write(TextWriter output)
    {
        TrialResult shown = Count == 1 ? Runs[0] : FirstFault ?? new TrialResult();
        foreach (string line in shown.Stderr.Take(Count == 1 ? int.MaxValue : MostStderr))
        {
            output.WriteLine($"stderr: {line}");
        }

        if (Count == 1)
        {
            string reason = shown.Reason is { } name ? $" reason={name}" : "";
            string memory = shown.MemKib is { } kib ? $" mem_kib={kib}" : "";
            output.WriteLine($"{shown.Outcome()}{reason} duration_ms={shown.DurationMs} cpu_ms={shown.CpuMs}{memory} sent={BytesSent} received={BytesReceived} leaked={Leaked}");
        }
        else
        {
            output.WriteLine($"{Count} runs: {string.Join(", ", Outcomes.Select(outcome => $"{outcome.Value} {outcome.Key}"))}");
            output.WriteLine($"duration_ms median={DurationMsMedian} max={DurationMsMax} cpu_ms={CpuMs} sent={BytesSent} received={BytesReceived} leaked={Leaked}");
        }

        if (FirstFault is { Fault: { } fault })
        {
            output.WriteLine(Count == 1 ? $"superd: {Service}: {fault}" : $"superd: {Service}: {Faults} of {Count} runs failed, the first: {fault}");
        }
    }
}

/// <summary>The serializer, generated at build time.</summary>
[JsonSerializable(typeof(TrialReport))]
internal sealed partial class TrialReportContext : JsonSerializerContext
{
    public static TrialReportContext Readable => new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    });
}
