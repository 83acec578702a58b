using SuperD.Benchmarks.Subjects;
using SuperD.Configuration;

namespace SuperD.Benchmarks.Scenarios;

/// <summary>
/// The machine's upper limit: the same handler launched without a network, by a bare loop in C and by superd's own launcher.
/// </summary>
/// <remarks>Both use the same number of processes, each with one child after another.</remarks>
internal sealed class LimitScenario() : Scenario("limit", "launches without a network: superd's launcher, and a bare loop in C")
{
    private const string Loop = "bare loop in C", Launcher = "superd's launcher", Launches = "launches_per_s";

    private static readonly int s_processes = 2 * Environment.ProcessorCount;

    public override void Run(Bench bench)
    {
        double seconds = bench.Options.Seconds;
        long most = bench.Options.MostConnections;
        for (int round = 0; round < bench.Options.Rounds; round++)
        {
            bench.Progress($"limit: round {round + 1} of {bench.Options.Rounds}");
            Answer loop = bench.RunTool(bench.Tools.Spawn, s_processes, seconds, most, Nobody.UserId, Nobody.GroupId, bench.Tools.Answer);
            Keep(Loop, loop["launches"] / loop["seconds"]);
            Keep(Launcher, LaunchLoop.MeasureRate(bench, s_processes, SandboxProfile.None, children: 1));
        }

        double? perLoop = bench.Figures.Median(Name, string.Empty, Loop, Launches);
        double? perLauncher = bench.Figures.Median(Name, string.Empty, Launcher, Launches);
        var table = new Table($"in {s_processes} processes", "launches/s", "superd is");
        table.Add(Loop, Table.Number(perLoop), Table.Ratio(perLauncher, perLoop));
        table.Add(Launcher, Table.Number(perLauncher), string.Empty);
        table.Print();

        void Keep(string subject, double launchesPerSecond) => bench.Figures.Add(Name, string.Empty, subject, Launches, launchesPerSecond);
    }
}
