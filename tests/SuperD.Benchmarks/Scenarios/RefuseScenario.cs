using SuperD.Benchmarks.Subjects;

namespace SuperD.Benchmarks.Scenarios;

/// <summary>How many refused clients per second a server turns away; it must launch no handler for them.</summary>
internal sealed class RefuseScenario() : Scenario("refuse", "16 clients that may not come in; none may get a handler")
{
    private const int Clients = 16;

    /// <summary>A refused connection costs the client more than it costs superd, so a single thread would be the bottleneck.</summary>
    private const int Threads = 2;

    public override void Run(Bench bench)
    {
        using ServerGroup group = ServerGroup.Start(bench, () => new ServerOrder { Ports = Ports.Take(1), Denies = true });
        group.Measure(bench, Name, server => Connections.Measure(bench, Name, string.Empty, server, Clients, Threads));

        double? Of(string subject, string metric) => bench.Figures.Median(Name, string.Empty, subject, metric);
        string superd = bench.Subjects.Reference.Name;
        var table = new Table("", "refused/s", "p99 ms", "own us", "load CPU", "launches", "superd is");
        foreach (string name in group.Servers.Select(server => server.Name))
        {
            table.Add(
                name,
                Table.Number(Of(name, Connections.Rate)),
                Table.Number(Of(name, Connections.P99), 2),
                Table.Number(Of(name, Connections.OwnMicroseconds)),
                Table.Percent(Of(name, Connections.LoadShare)),
                Table.Number(bench.Figures.Sum(Name, string.Empty, name, Connections.Answered)),
                Table.Ratio(Of(superd, Connections.Rate), Of(name, Connections.Rate)));
        }

        table.Print();
        Connections.CheckGenerator(bench, Name, string.Empty, group.Servers);
        foreach (RunningServer server in group.Servers)
        {
            double launched = bench.Figures.Sum(Name, string.Empty, server.Name, Connections.Answered);
            double failed = bench.Figures.Sum(Name, string.Empty, server.Name, Connections.Failed);
            if (launched + failed > 0)
            {
                throw new BenchException(
                    $"{server.Name} launched {launched} handlers for clients it should refuse, and left {failed} waiting");
            }
        }
    }
}
