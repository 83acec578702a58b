using SuperD.Benchmarks.Subjects;

namespace SuperD.Benchmarks.Scenarios;

/// <summary>How long a single client waits.</summary>
internal sealed class LatencyScenario() : Scenario("latency", "one client; from before its connect to the end of the reply")
{
    public override void Run(Bench bench)
    {
        using ServerGroup group = ServerGroup.Start(bench, () => new ServerOrder { Ports = Ports.Take(1) });
        group.Measure(bench, Name, server => Connections.Measure(bench, Name, string.Empty, server, clients: 1));

        double? Of(string subject, string metric) => bench.Figures.Median(Name, string.Empty, subject, metric);
        string superd = bench.Subjects.Reference.Name;
        var table = new Table("", "p50 ms", "p99 ms", "conn/s", "load CPU", "of p50", "of p99");
        foreach (string name in group.Servers.Select(server => server.Name))
        {
            table.Add(
                name,
                Table.Number(Of(name, Connections.P50), 3),
                Table.Number(Of(name, Connections.P99), 3),
                Table.Number(Of(name, Connections.Rate)),
                Table.Percent(Of(name, Connections.LoadShare)),
                Table.Ratio(Of(superd, Connections.P50), Of(name, Connections.P50)),
                Table.Ratio(Of(superd, Connections.P99), Of(name, Connections.P99)));
        }

        table.Print();
        Console.WriteLine("  of p50, of p99: superd's as a share of this one's");
        Connections.PrintBest(bench, Name, string.Empty, group.Servers, Connections.P50, "p50");
        Connections.CheckGenerator(bench, Name, string.Empty, group.Servers);
        Connections.CheckAnswers(bench, Name, string.Empty, group.Servers);
    }
}
