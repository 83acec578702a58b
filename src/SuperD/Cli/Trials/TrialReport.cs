using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SuperD.Launching;

namespace SuperD.Cli.Trials;

/// <summary>The report of <c>superd try</c>. Scripts rely on the names of its JSON: add, never rename.</summary>
/// <param name="Faults">How many runs had a fault.</param>
/// <param name="Outcomes">How many runs had each outcome: <c>exit=0</c>.</param>
/// <param name="FirstFault">The first run with a fault.</param>
/// <param name="Runs">At most <see cref="MostRuns"/> runs.</param>
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
    /// <summary>What the sandbox refused in all runs together; absent if nobody asked.</summary>
    public IReadOnlyList<SandboxFinding>? Refused { get; init; }

    /// <summary>The most runs that are listed.</summary>
    public const int MostRuns = 100;

    private const int MostStderr = 20;
    private const int MostRefused = 50;

    /// <summary>Summarizes the runs of a service.</summary>
    public static TrialReport Of(string service, IReadOnlyList<TrialResult> runs)
    {
        long[] durations = [.. runs.Select(run => run.DurationMs).DefaultIfEmpty().Order()];
        return new TrialReport(
            service,
            runs.Count,
            runs.Count(run => run.Fault is not null),
            runs.GroupBy(run => run.Outcome())
                .OrderByDescending(group => group.Count())
                .ToDictionary(group => group.Key, group => group.Count()),
            durations[durations.Length / 2],
            durations[^1],
            runs.Sum(run => run.CpuMs),
            runs.Sum(run => run.BytesSent),
            runs.Sum(run => run.BytesReceived),
            runs.Sum(run => run.Leaked),
            runs.FirstOrDefault(run => run.Fault is not null),
            [.. runs.Take(MostRuns)]);
    }

    /// <summary>The report as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, TrialReportContext.Readable.TrialReport);

    /// <summary>Writes the report for people: stderr, one line of figures, and the fault.</summary>
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
            output.WriteLine(
                $"{shown.Outcome()}{reason} duration_ms={shown.DurationMs} cpu_ms={shown.CpuMs}{memory} "
                + $"sent={BytesSent} received={BytesReceived} leaked={Leaked}");
        }
        else
        {
            output.WriteLine($"{Count} runs: {string.Join(", ", Outcomes.Select(outcome => $"{outcome.Value} {outcome.Key}"))}");
            output.WriteLine(
                $"duration_ms median={DurationMsMedian} max={DurationMsMax} cpu_ms={CpuMs} "
                + $"sent={BytesSent} received={BytesReceived} leaked={Leaked}");
        }

        if (FirstFault is { Fault: { } fault })
        {
            output.WriteLine(Count == 1
                ? $"superd: {Service}: {fault}"
                : $"superd: {Service}: {Faults} of {Count} runs failed, the first: {fault}");
        }

        if (Refused is not null)
        {
            WriteRefused(output, Refused);
        }
    }

    private void WriteRefused(TextWriter output, IReadOnlyList<SandboxFinding> refused)
    {
        output.WriteLine(refused.Count == 0
            ? $"superd: {Service}: its sandbox refused nothing"
            : $"superd: {Service}: its sandbox refused the following; if the file has the key already, add the item to its list:");
        foreach (SandboxFinding finding in refused.Take(MostRefused))
        {
            string advice = string.Join("; ", new[] { finding.Key, finding.Note }.OfType<string>());
            output.WriteLine($"  {finding.Count}x {finding.What}: {advice}");
        }

        if (refused.Count > MostRefused)
        {
            output.WriteLine($"  and {refused.Count - MostRefused} more; --json has all");
        }
    }
}

/// <summary>The serializer, generated at build time.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
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
