using System.Diagnostics;
using SuperD.Benchmarks.Subjects;

namespace SuperD.Benchmarks.Scenarios;

/// <summary>How long superd takes to reload its configuration after one of very many services has changed.</summary>
internal sealed class ReloadScenario() : Scenario("reload", "from SIGHUP to superd's reload line, one service of 2,000 changed")
{
    private const string Took = "reload_ms";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Whether a line of superd's log reports a finished reload, or that this version cannot reload.</summary>
    public static bool IsAnswer(string line) => IsReload(line) || line.Contains("ignore SIGHUP", StringComparison.Ordinal);

    public static bool IsReload(string line) =>
        line.Contains(" reload ", StringComparison.Ordinal) && line.Contains(" kept=", StringComparison.Ordinal);

    public override void Run(Bench bench)
    {
        int services = bench.Options.ServiceCounts(2_000)[0];
        var table = new Table("", "services", "reload ms");
        foreach (SuperdSubject subject in bench.Subjects.Superds)
        {
            using RunningServer server = RunningServer.Start(bench, subject, new ServerOrder { Ports = Ports.Take(services) });
            using var log = new LogFollower(server.LogFile);
            TimeSpan? took = TimeSpan.Zero;
            for (int round = 0; round < bench.Options.Rounds && took is not null; round++)
            {
                bench.Progress($"reload: round {round + 1} of {bench.Options.Rounds}, {subject.Name}");
                took = Reload(bench, server, log, round);
                if (took is { } time)
                {
                    bench.Figures.Add(Name, string.Empty, server.Name, Took, time.TotalMilliseconds);
                }
            }

            double? median = bench.Figures.Median(Name, string.Empty, subject.Name, Took);
            table.Add(subject.Name, Table.Number(services), median is null ? "not supported by this superd" : Table.Number(median, 1));
        }

        table.Print();
    }

    /// <summary>Changes one service and makes superd reload; null when it cannot.</summary>
    private static TimeSpan? Reload(Bench bench, RunningServer server, LogFollower log, int round)
    {
        string folder = Path.Combine(Path.GetDirectoryName(server.LogFile) ?? string.Empty, "services.d");
        File.AppendAllText(Directory.GetFiles(folder).Order().ElementAt(round), $"description = \"changed in round {round}\"\n");
        _ = log.ReadNew();
        string? answer = null;
        var clock = Stopwatch.StartNew();
        Processes.Signal(server.Pid, Processes.SIGHUP);
        if (!bench.WaitUntil(s_patience, () => (answer = log.ReadNew().FirstOrDefault(IsAnswer)) is not null))
        {
            throw new BenchException($"{server.Name} logged no reload within {s_patience.TotalSeconds} s");
        }

        return answer is not null && IsReload(answer) ? clock.Elapsed : null;
    }
}
