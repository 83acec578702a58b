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
/// superd's launcher is called here as its loop calls it, with the plan of a real service, and both have as many children at a time. Between
/// clone and execve both of superd's builds run the same machine code, so this process, which is JIT, stands for both.
/// </remarks>
internal sealed class LimitScenario() : Scenario("limit", "launches without a network: superd's launcher, and a bare loop in C")
{
    private const string Loop = "bare loop in C", Launcher = "superd's launcher", Launches = "launches_per_s";

    private static readonly int s_atOnce = Math.Max(2, Environment.ProcessorCount);

    public override void Run(Bench bench)
    {
        var inherited = new InheritedState(1024, 1024, [Signal.SIGPIPE], HasControllingTerminal: false);
        ProcessLauncher processes = ProcessLauncher.Create(s_atOnce);
        LaunchPlan plan = new LaunchPlanner(inherited, processes.ClearsHandlers).PlanFor(new Connection(1, ServiceOf(bench.Tools.Answer), new Fd(-1), default, default)); // nobody's
        double seconds = bench.Options.Seconds;
        long most = bench.Options.MostConnections;
        for (int round = 0; round < bench.Options.Rounds; round++)
        {
            bench.Progress($"limit: round {round + 1} of {bench.Options.Rounds}");
            Answer loop = bench.RunTool(bench.Tools.Spawn, s_atOnce, seconds, most, Nobody.UserId, Nobody.GroupId, bench.Tools.Answer);
            bench.Figures.Add(Name, string.Empty, Loop, Launches, loop["launches"] / loop["seconds"]);
            bench.Figures.Add(Name, string.Empty, Launcher, Launches, LaunchesPerSecond(plan, processes, seconds, most));
        }

        double? perLoop = bench.Figures.Median(Name, string.Empty, Loop, Launches), perLauncher = bench.Figures.Median(Name, string.Empty, Launcher, Launches);
        var table = new Table($"with {s_atOnce} at a time", "launches/s", "superd is");
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

    private static double LaunchesPerSecond(LaunchPlan plan, ProcessLauncher processes, double seconds, long most)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        var devNull = new Fd((int)handle.DangerousGetHandle()); // not disposed: the handle owns the number
        var running = new Queue<(Launch Launch, Fd Pidfd)>();
        long launched = 0;
        var clock = Stopwatch.StartNew();
        while (running.Count > 0 || (launched < most && clock.Elapsed.TotalSeconds < seconds))
        {
            while (launched < most && clock.Elapsed.TotalSeconds < seconds && processes.TryTake(out Launch? launch))
            {
                if (launch.Start(plan, devNull, devNull, cgroup: null, out Fd? pidfd) is { } error)
                {
                    throw new BenchException($"superd's launcher could not launch the handler: {error.Step}: {Errno.Describe(error.Errno)}");
                }

                running.Enqueue((launch, pidfd!)); // no error
                launched++;
            }

            (Launch oldest, Fd child) = running.Dequeue();
            _ = ChildProcess.Reap(child, out ExitStatus status, out _);
            child.Dispose();
            if (oldest.State != LaunchState.Executed || !status.IsSuccess)
            {
                throw new BenchException("superd's launcher could not launch the handler, or that failed");
            }

            oldest.Release();
        }

        return launched / clock.Elapsed.TotalSeconds;
    }
}
