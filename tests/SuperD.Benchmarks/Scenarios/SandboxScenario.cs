using SuperD.Benchmarks.Subjects;
using SuperD.Configuration;

namespace SuperD.Benchmarks.Scenarios;

/// <summary>What a sandbox costs a launch: the same handler launched by superd's launcher without one, and in each profile.</summary>
/// <remarks>
/// The same processes as in <c>limit</c>, in turn within each round, so that a busy machine is busy for all. Then connections in jails,
/// beside the means of others: tcpserver with bubblewrap, which makes the same namespaces for each.
/// </remarks>
internal sealed class SandboxScenario() : Scenario("sandbox", "launches in each sandbox, without a network; connections in jails")
{
    private const string Jails = "jails";
    private const int Clients = 8;

    private const string Launches = "launches_per_s";

    private static readonly SandboxProfile[] s_profiles = Enum.GetValues<SandboxProfile>();
    private static readonly int s_processes = 2 * Environment.ProcessorCount;

    public override void Run(Bench bench)
    {
        for (int round = 0; round < bench.Options.Rounds; round++)
        {
            bench.Progress($"sandbox: round {round + 1} of {bench.Options.Rounds}");
            foreach (SandboxProfile profile in s_profiles)
            {
                double rate = LaunchLoop.MeasureRate(bench, s_processes, profile);
                bench.Figures.Add(Name, string.Empty, profile.Name(), Launches, rate);
            }
        }

        double? Of(SandboxProfile profile) => bench.Figures.Median(Name, string.Empty, profile.Name(), Launches);
        var table = new Table($"in {s_processes} processes", "launches/s", "of none");
        foreach (SandboxProfile profile in s_profiles)
        {
            table.Add($"sandbox = {profile.Name()}", Table.Number(Of(profile)), Table.Ratio(Of(profile), Of(SandboxProfile.None)));
        }

        table.Print();
        MeasureJails(bench);
    }

    private void MeasureJails(Bench bench)
    {
        using ServerGroup group = ServerGroup.Start(bench, () => new ServerOrder { Ports = Ports.Take(1), Jails = true });
        group.Measure(bench, Jails, server => Connections.Measure(bench, Name, Jails, server, Clients));
        double? Of(string subject) => bench.Figures.Median(Name, Jails, subject, Connections.Rate);
        string superd = bench.Subjects.Reference.Name;
        var table = new Table($"{Clients} clients, each connection in a jail", "conn/s", "superd is");
        foreach (string name in group.Servers.Select(server => server.Name))
        {
            table.Add(name, Table.Number(Of(name)), Table.Ratio(Of(superd), Of(name)));
        }

        table.Print();
        Connections.CheckAnswers(bench, Name, Jails, group.Servers);
    }
}
