using SuperD.Benchmarks.Subjects;
using SuperD.Configuration;

namespace SuperD.Benchmarks.Scenarios;

/// <summary>What a sandbox costs a launch: the same handler launched by superd's launcher without one, and in each profile.</summary>
/// <remarks>
/// The same processes as in <c>limit</c>, in turn within each round, so that a busy machine is busy for all. First each waits for the
/// end of its child: the end of a jail's mounts waits for the kernel's RCU, which takes time but no processor. superd does not wait for it,
/// nor does the client, whose socket is closed before; so then each has several children, and the figure is what the machine can do. Then
/// connections in jails, beside the means of others: tcpserver with bubblewrap, which makes the same namespaces for each.
/// </remarks>
internal sealed class SandboxScenario() : Scenario("sandbox", "launches in each sandbox, without a network; connections in jails")
{
    private const string Jails = "jails";
    private const int Clients = 8;

    private const string Launches = "launches_per_s";

    private static readonly SandboxProfile[] s_profiles = Enum.GetValues<SandboxProfile>();

    private static readonly int s_processes = 2 * Environment.ProcessorCount;

    /// <summary>How many children each process has at a time.</summary>
    private static readonly int[] s_children = [1, 16];

    public override void Run(Bench bench)
    {
        for (int round = 0; round < bench.Options.Rounds; round++)
        {
            bench.Progress($"sandbox: round {round + 1} of {bench.Options.Rounds}");
            foreach (int children in s_children)
            {
                foreach (SandboxProfile profile in s_profiles)
                {
                    double rate = LaunchLoop.MeasureRate(bench, s_processes, profile, children);
                    bench.Figures.Add(Name, Case(children), profile.Name(), Launches, rate);
                }
            }
        }

        foreach (int children in s_children)
        {
            double? Of(SandboxProfile profile) => bench.Figures.Median(Name, Case(children), profile.Name(), Launches);
            var table = new Table($"in {s_processes} processes, {children} at a time", "launches/s", "of none");
            foreach (SandboxProfile profile in s_profiles)
            {
                table.Add($"sandbox = {profile.Name()}", Table.Number(Of(profile)), Table.Ratio(Of(profile), Of(SandboxProfile.None)));
            }

            table.Print();
        }

        MeasureJails(bench);
    }

    private static string Case(int children) => $"children={children}";

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
