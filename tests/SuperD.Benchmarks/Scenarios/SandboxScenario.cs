using SuperD.Configuration;

namespace SuperD.Benchmarks.Scenarios;

/// <summary>What a sandbox costs a launch: the same handler launched by superd's launcher without one, and in each profile.</summary>
/// <remarks>The same processes as in <c>limit</c>, in turn within each round, so that a busy machine is busy for all.</remarks>
internal sealed class SandboxScenario() : Scenario("sandbox", "launches in each sandbox, without a network")
{
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
    }
}
