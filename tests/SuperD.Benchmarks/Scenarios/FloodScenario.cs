using SuperD.Benchmarks.Subjects;

namespace SuperD.Benchmarks.Scenarios;

/// <summary>
/// One source floods a server that has limits per source; a well-behaved client of another source connects ten times a second.
/// </summary>
internal sealed class FloodScenario() : Scenario("flood", "one source floods; another connects ten times a second")
{
    private const int Flooders = 16, PerSecond = 10;
    private const string Served = "good_served", Failed = "good_failed", P50 = "good_p50_ms", P99 = "good_p99_ms";
    private const string Refused = "refused_per_s";
    private static readonly string[] s_cases = ["quiet", "flood"];

    public override void Run(Bench bench)
    {
        using ServerGroup group = ServerGroup.Start(bench, () => new ServerOrder { Ports = Ports.Take(1), LimitsSources = true });
        group.Measure(bench, Name, server =>
        {
            Measure(bench, server, s_cases[0], flooders: 0);
            Measure(bench, server, s_cases[1], Flooders);
        });

        var table = new Table("", "case", "good served", "lost", "p50 ms", "p99 ms", "refused/s");
        foreach (string name in group.Servers.Select(server => server.Name))
        {
            foreach (string @case in s_cases)
            {
                double? Median(string metric) => bench.Figures.Median(Name, @case, name, metric);
                double Sum(string metric) => bench.Figures.Sum(Name, @case, name, metric);
                table.Add(
                    name, @case, Table.Number(Sum(Served)), Table.Number(Sum(Failed)), Table.Number(Median(P50), 2),
                    Table.Number(Median(P99), 2), Table.Number(Median(Refused)));
            }
        }

        table.Print();
        foreach (RunningServer server in group.Servers.Where(server => server.Subject.IsSuperd))
        {
            double lost = s_cases.Sum(@case => bench.Figures.Sum(Name, @case, server.Name, Failed));
            if (lost > 0)
            {
                throw new BenchException($"{server.Name} did not serve {lost} connections of the well-behaved client");
            }
        }
    }

    private void Measure(Bench bench, RunningServer server, string @case, int flooders)
    {
        Answer answer = bench.RunTool(bench.Tools.Flood, server.Port, flooders, bench.Options.Seconds, PerSecond);
        bench.Figures.Add(Name, @case, server.Name, Served, answer["served"]);
        bench.Figures.Add(Name, @case, server.Name, Failed, answer["failed"]);
        bench.Figures.Add(Name, @case, server.Name, P50, answer["p50_ms"]);
        bench.Figures.Add(Name, @case, server.Name, P99, answer["p99_ms"]);
        bench.Figures.Add(Name, @case, server.Name, Refused, answer["refused"] / answer["seconds"]);
    }
}
