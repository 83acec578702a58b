using SuperD.Benchmarks.Subjects;

namespace SuperD.Benchmarks.Scenarios;

/// <summary>The memory of an idle server, and how long it takes to start.</summary>
internal sealed class IdleScenario() : Scenario("idle", "memory when idle, and from the start of the process to ready")
{
    private const string Resident = "resident_kib", Proportional = "proportional_kib", Anonymous = "anonymous_kib", Ready = "ready_ms";

    public override void Run(Bench bench)
    {
        int[] counts = bench.Options.ServiceCounts(3, 200, 2_000);
        int[] live = bench.Options.LiveCounts(1_000, 4_000); // a service may have 3/4 of the descriptors: 15,000 of the usual 20,000
        foreach (int count in counts)
        {
            MeasureAlone(bench, count, count == counts[0] ? live : []);
        }

        Print(bench, counts, live);
    }

    /// <summary>One server at a time, so that none shares its pages with another and its Pss is its own.</summary>
    private void MeasureAlone(Bench bench, int count, int[] live)
    {
        for (int round = 0; round < bench.Options.Rounds; round++)
        {
            foreach (Subject subject in bench.Subjects.ThatCan(Order()))
            {
                bench.Progress($"idle: {count} services, round {round + 1} of {bench.Options.Rounds}, {subject.Name}");
                using RunningServer server = RunningServer.Start(bench, subject, Order());
                Keep(bench, Case(count, 0), server.Name, server);
                foreach (int connections in live.Where(_ => subject.IsSuperd))
                {
                    using LiveConnections held = Load.Hold(bench, server, connections);
                    Keep(bench, Case(count, connections), server.Name, server);
                }
            }
        }

        ServerOrder Order() => new() { Ports = Ports.Take(count) };
    }

    private void Keep(Bench bench, string @case, string subject, RunningServer server)
    {
        bench.Settle();
        (double resident, double proportional, double anonymous) = Processes.MemoryKiB(server.Pid);
        bench.Figures.Add(Name, @case, subject, Resident, resident);
        bench.Figures.Add(Name, @case, subject, Proportional, proportional);
        bench.Figures.Add(Name, @case, subject, Anonymous, anonymous);
        bench.Figures.Add(Name, @case, subject, Ready, server.TimeToReady.TotalMilliseconds);
    }

    private void Print(Bench bench, int[] counts, int[] live)
    {
        double? Of(string subject, int services, int connections, string metric) =>
            bench.Figures.Median(Name, Case(services, connections), subject, metric);
        var table = new Table("", "services", "RSS MB", "PSS MB", "anon MB", "ready ms");
        var each = new Table("resident KiB per", "added service", "live connection");
        foreach (string name in bench.Subjects.ThatCan(new ServerOrder { Ports = [0, 0] }).Select(subject => subject.Name))
        {
            foreach (int count in counts.Where(count => Of(name, count, 0, Ready) is not null))
            {
                table.Add(
                    name,
                    Table.Number(count),
                    Table.Number(Of(name, count, 0, Resident) / 1024, 1),
                    Table.Number(Of(name, count, 0, Proportional) / 1024, 1),
                    Table.Number(Of(name, count, 0, Anonymous) / 1024, 1),
                    Table.Number(Of(name, count, 0, Ready), 1));
            }

            // The first connections pay one-time costs, so the cost per connection is the difference to them.
            int first = counts[0], last = counts[^1];
            each.Add(
                name,
                Table.Number((Of(name, last, 0, Resident) - Of(name, first, 0, Resident)) / (last - first), 2),
                Table.Number((Of(name, first, live[^1], Resident) - Of(name, first, live[0], Resident)) / (live[^1] - live[0]), 2));
        }

        table.Print();
        each.Print();
    }

    private static string Case(int services, int connections) => $"services={services} live={connections}";
}
