using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using SuperD.Benchmarks.Subjects;
using SuperD.Configuration;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Benchmarks.Scenarios;

/// <summary>What the machine can do at most: the same handler launched without a network, by a bare loop in C and by superd's own launcher.</summary>
/// <remarks>
/// superd's launcher is called here as its launcher threads call it, with the plan of a real service: between clone and execve both of its
/// builds run the same machine code, so this process, which is JIT, stands for both.
/// </remarks>
internal sealed class LimitScenario() : Scenario("limit", "launches without a network: superd's launcher, and a bare loop in C")
{
    private const string Loop = "bare loop in C", Launcher = "superd's launcher", Launches = "launches_per_s";

    private const long Failed = -1;

    private static readonly int s_workers = LauncherPool.DefaultSize;

    public override void Run(Bench bench)
    {
        var inherited = new InheritedState(1024, 1024, [Signal.SIGPIPE], HasControllingTerminal: false);
        LaunchPlan plan = new LaunchPlanner(inherited).PlanFor(new Connection(1, ServiceOf(bench.Tools.Answer), new Fd(-1), default, default)); // nobody's
        ProcessLauncher[] launchers = ProcessLauncher.Create(s_workers);
        double seconds = bench.Options.Seconds;
        long most = bench.Options.MostConnections;
        for (int round = 0; round < bench.Options.Rounds; round++)
        {
            bench.Progress($"limit: round {round + 1} of {bench.Options.Rounds}");
            Answer loop = bench.RunTool(bench.Tools.Spawn, s_workers, seconds, most, Nobody.UserId, Nobody.GroupId, bench.Tools.Answer);
            bench.Figures.Add(Name, string.Empty, Loop, Launches, loop["launches"] / loop["seconds"]);
            bench.Figures.Add(Name, string.Empty, Launcher, Launches, LaunchesPerSecond(plan, launchers, seconds, most));
        }

        double? perLoop = bench.Figures.Median(Name, string.Empty, Loop, Launches), perLauncher = bench.Figures.Median(Name, string.Empty, Launcher, Launches);
        var table = new Table($"with {s_workers} at a time", "launches/s", "superd is");
        table.Add(Loop, Table.Number(perLoop), Table.Ratio(perLauncher, perLoop));
        table.Add(Launcher, Table.Number(perLauncher), string.Empty);
        table.Print();
    }

    private static Service ServiceOf(string handler) => new(new ServiceDefinition
    {
        Name = "answer",
        SourceFile = "answer.toml",
        Listen = [new ListenAddress(new IPEndPoint(IPAddress.Loopback, 0))],
        Executable = handler,
        Argv0 = "answer",
        Arguments = [],
        Process = new ProcessDefinition
        {
            Environment = [new EnvironmentVariable("PATH", "/usr/bin:/bin")],
            Credentials = new Credentials(Nobody.UserId, Nobody.GroupId, [Nobody.GroupId]),
        },
    });

    private static double LaunchesPerSecond(LaunchPlan plan, ProcessLauncher[] launchers, double seconds, long most)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        var devNull = new Fd((int)handle.DangerousGetHandle()); // not disposed: the handle owns the number
        long[] launched = new long[launchers.Length];
        var clock = Stopwatch.StartNew();
        Thread[] workers = [.. launchers.Select((launcher, i) => new Thread(() => Work(launcher, i)))];
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());
        if (launched.Contains(Failed))
        {
            throw new BenchException("superd's launcher could not launch the handler, or it failed");
        }

        return launched.Sum() / clock.Elapsed.TotalSeconds;

        void Work(ProcessLauncher launcher, int index)
        {
            for (; launched[index] < most / launchers.Length && clock.Elapsed.TotalSeconds < seconds; launched[index]++)
            {
                LaunchResult result = launcher.Launch(plan, devNull, devNull, cgroup: null);
                if (result.Pidfd is not { } pidfd || ChildProcess.Reap(pidfd, out ExitStatus status, out _).IsError || !status.IsSuccess)
                {
                    launched[index] = Failed;
                    return;
                }

                pidfd.Dispose();
            }
        }
    }
}
