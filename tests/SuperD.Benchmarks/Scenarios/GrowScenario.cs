using SuperD.Benchmarks.Subjects;

namespace SuperD.Benchmarks.Scenarios;

/// <summary>Whether a server slows down as it listens for more services and more handlers are alive.</summary>
internal sealed class GrowScenario() : Scenario("grow", "16 clients, as more services listen and more handlers live")
{
    private const int Clients = 16;

    public override void Run(Bench bench)
    {
        int[] services = bench.Options.ServiceCounts(1, 100, 2_000);
        int[] live = bench.Options.LiveCounts(1_000, 4_000);
        using ServerGroup one = Start(bench, services[0]), more = Start(bench, services[1]), most = Start(bench, services[2]);
        for (int round = 0; round < bench.Options.Rounds; round++)
        {
            // Side by side within a round, so that compared figures are measured moments apart.
            MeasureRound(bench, round, services[0], 0, one);
            MeasureRound(bench, round, services[1], 0, more);
            MeasureRound(bench, round, services[2], 0, most);
            foreach (int count in live)
            {
                MeasureRound(bench, round, services[0], count, one);
            }
        }

        (int Services, int Live)[] cases =
        [
            (services[0], 0), (services[1], 0), (services[2], 0), .. live.Select(count => (services[0], count))
        ];
        Print(bench, one.Servers, cases);
    }

    private static ServerGroup Start(Bench bench, int services) =>
        ServerGroup.Start(bench, () => new ServerOrder { Ports = Ports.Take(services) });

    private void MeasureRound(Bench bench, int round, int services, int live, ServerGroup group)
    {
        foreach (RunningServer server in group.Servers)
        {
            bench.Progress($"grow: {services} services, {live} live, round {round + 1} of {bench.Options.Rounds}, {server.Name}");
            try
            {
                using LiveConnections? held = live > 0 ? Load.Hold(bench, server, live) : null;
                bench.Settle(); // measure the live handlers, not the thousands of launches or exits just before
                Connections.Measure(bench, Name, Case(services, live), server, Clients);
            }
            catch (BenchException problem) when (!server.Subject.IsSuperd)
            {
                bench.ThrowIfCancelled();
                Console.WriteLine($"  {problem.Message}");
            }
        }
    }

    private void Print(Bench bench, IEnumerable<RunningServer> servers, (int Services, int Live)[] cases)
    {
        double? Of(string subject, (int Services, int Live) @case, string metric) =>
            bench.Figures.Median(Name, Case(@case.Services, @case.Live), subject, metric);
        string superd = bench.Subjects.Reference.Name;
        var table = new Table("", "services", "live", "conn/s", "of first", "p99 ms", "superd is");
        foreach (RunningServer server in servers)
        {
            foreach ((int Services, int Live) @case in cases.Where(@case => Of(server.Name, @case, Connections.Rate) is not null))
            {
                table.Add(
                    server.Name,
                    Table.Number(@case.Services),
                    Table.Number(@case.Live),
                    Table.Number(Of(server.Name, @case, Connections.Rate)),
                    Table.Ratio(Of(server.Name, @case, Connections.Rate), Of(server.Name, cases[0], Connections.Rate)),
                    Table.Number(Of(server.Name, @case, Connections.P99), 1),
                    Table.Ratio(Of(superd, @case, Connections.Rate), Of(server.Name, @case, Connections.Rate)));
            }
        }

        table.Print();
        foreach ((int Services, int Live) @case in cases)
        {
            Connections.CheckAnswers(bench, Name, Case(@case.Services, @case.Live), servers);
        }
    }

    private static string Case(int services, int live) => $"services={services} live={live}";
}
