using SuperD.Benchmarks.Subjects;

namespace SuperD.Benchmarks.Scenarios;

/// <summary>How many connections per second a server handles for 16 clients.</summary>
internal sealed class RateScenario() : Scenario("rate", "16 clients, each one connection after the other")
{
    private const int Clients = 16;

    public override void Run(Bench bench)
    {
        using ServerGroup group = ServerGroup.Start(bench, () => new ServerOrder { Ports = Ports.Take(1) });
        group.Measure(bench, Name, server => Connections.Measure(bench, Name, string.Empty, server, Clients));

        double? Of(string subject, string metric) => bench.Figures.Median(Name, string.Empty, subject, metric);
        string superd = bench.Subjects.Reference.Name;
        var table = new Table("", "conn/s", "p50 ms", "p99 ms", "own us", "load CPU", "superd is");
        foreach (string name in group.Servers.Select(server => server.Name))
        {
            table.Add(
                name,
                Table.Number(Of(name, Connections.Rate)),
                Table.Number(Of(name, Connections.P50), 2),
                Table.Number(Of(name, Connections.P99), 2),
                Table.Number(Of(name, Connections.OwnMicroseconds)),
                Table.Percent(Of(name, Connections.LoadShare)),
                Table.Ratio(Of(superd, Connections.Rate), Of(name, Connections.Rate)));
        }

        table.Print();
        Console.WriteLine("  own us: the server's own CPU per connection; load CPU: the generator's");
        Console.WriteLine("  share of all processors; superd is: its rate as a multiple of this one's");
        Connections.PrintBest(bench, Name, string.Empty, group.Servers, Connections.P99, "p99");
        Connections.CheckGenerator(bench, Name, string.Empty, group.Servers);
        Connections.CheckAnswers(bench, Name, string.Empty, group.Servers);
    }
}
