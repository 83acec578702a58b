using SuperD.Benchmarks.Subjects;

namespace SuperD.Benchmarks.Scenarios;

/// <summary>What a graceful close by superd costs the client, compared with the close by the handler's exit.</summary>
internal sealed class GracefulScenario() : Scenario("graceful", "one client; close = \"graceful\" beside close = \"immediate\"")
{
    private static readonly string[] s_ways = ["graceful", "immediate"];

    public override void Run(Bench bench)
    {
        using ServerGroup graceful = Start(bench, s_ways[0]), immediate = Start(bench, s_ways[1]);
        if (graceful.Servers.Count == 0)
        {
            Console.WriteLine("  not supported by this superd: it has no key 'close'");
            return;
        }

        (string Way, RunningServer Server)[] pairs =
            [
                .. graceful.Servers.SelectMany(
                    (server, i) => ((string, RunningServer)[])[(s_ways[0], server), (s_ways[1], immediate.Servers[i])]),
            ];
        for (int round = 0; round < bench.Options.Rounds; round++)
        {
            // Alternate which of the two goes first.
            foreach ((string way, RunningServer server) in round % 2 == 0 ? pairs : pairs.Reverse())
            {
                bench.Progress($"graceful: round {round + 1} of {bench.Options.Rounds}, {server.Name}, {way}");
                Connections.Measure(bench, Name, way, server, clients: 1);
            }
        }

        Print(bench, graceful.Servers);
    }

    private static ServerGroup Start(Bench bench, string way) =>
        ServerGroup.Start(bench, () => new ServerOrder { Ports = Ports.Take(1), Close = way });

    private void Print(Bench bench, IReadOnlyList<RunningServer> servers)
    {
        double? Of(string way, string subject, string metric) => bench.Figures.Median(Name, way, subject, metric);
        var table = new Table("client's end of connection", "graceful p50 ms", "immediate p50 ms", "added ms");
        foreach (string name in servers.Select(server => server.Name))
        {
            double? graceful = Of(s_ways[0], name, Connections.P50), immediate = Of(s_ways[1], name, Connections.P50);
            table.Add(name, Table.Number(graceful, 3), Table.Number(immediate, 3), Table.Number(graceful - immediate, 3));
        }

        table.Print();
        foreach (string way in s_ways)
        {
            Connections.CheckAnswers(bench, Name, way, servers);
        }
    }
}
