using System.Diagnostics;
using System.Net;
using SuperD.Benchmarks.Attack.Fuzzers;
using SuperD.Benchmarks.Scenarios;
using SuperD.Benchmarks.Subjects;

namespace SuperD.Benchmarks.Attack;

/// <summary>Attacks superd from every side at once, while clients of other services come and go: those must not notice.</summary>
/// <remarks>Runs in namespaces of its own (<see cref="OwnNamespaces"/>). Every input follows from the seed, though not what happens at the same moment.</remarks>
internal sealed class AttackScenario() : Scenario(Word, "hostile input of every kind; no crash, hang, lost client or leak")
{
    public const string Word = "attack";

    /// <summary>Descriptors that may be open now and not before: an address file being read, a log being reopened.</summary>
    private const int DescriptorSlack = 4;

    /// <summary>65,536 remembered sources have 15 MB; the rest is what a heap may keep of its busiest moment.</summary>
    private const double MemorySlackKiB = 48 * 1024;

    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(3), s_patience = TimeSpan.FromSeconds(40), s_smoke = TimeSpan.FromSeconds(10);

    public override bool RunsByDefault => false;

    public override void Run(Bench bench)
    {
        SuperdSubject superd = bench.Subjects.Reference;
        int seed = bench.Options.Seed ?? Random.Shared.Next();
        using var backend = new Backend(bench);
        var target = new AttackTarget(bench, superd, backend);
        using RunningServer server = RunningServer.Start(bench, superd, target.Order, target.Folder, target.Command);
        target.Pid = server.Pid;
        using var log = new LogFollower(server.LogFile);
        var records = new AttackRecords(log);
        using Process control = Tools.Start(bench.Tools.Control, ControlPort, bench.Tools.Answer, Nobody.UserId, Nobody.GroupId);
        var prober = new Prober(target, new IPEndPoint(IPAddress.Loopback, ControlPort));
        var steady = new SteadyClients(target);
        Fuzzer[] fuzzers = Choose(target, bench.Options.Kinds);
        Console.WriteLine($"  --seed {seed}");

        using var attack = new CancellationTokenSource();
        using var watch = new CancellationTokenSource();
        Thread[] watchers = [.. prober.Threads.Append(steady.Run).Select(run => Start(() => run(watch.Token)))];
        (int Descriptors, double KiB) before = default, after = default;
        var clock = Stopwatch.StartNew();
        try
        {
            Thread.Sleep(s_settling); // what a first connection makes is there
            before = Figures(server);
            Thread[] attackers = [.. fuzzers.Select(fuzzer => Start(() => fuzzer.Run(seed, attack.Token)))];
            Watch(bench, server, records, fuzzers, clock);
            attack.Cancel();
            Array.ForEach(attackers, thread => thread.Join());
            bench.Progress("attack: waiting until all is at rest");
            Thread.Sleep(s_settling);
            after = Figures(server);
        }
        finally
        {
            attack.Cancel();
            watch.Cancel();
        }

        Array.ForEach(watchers, thread => thread.Join());
        TimeSpan took = clock.Elapsed;
        _ = bench.WaitUntil(s_patience, () => Processes.Children(server.Pid).Length == 0);
        int zombies = Processes.Children(server.Pid).Count(Processes.IsZombie), code = server.Stop();
        string[] left = [.. Processes.All().Except([1, Environment.ProcessId, backend.Pid, control.Id]).Select(Describe)];
        control.Kill();
        records.Read();

        Print(bench, superd, fuzzers, took);
        string[] unaccounted = records.Dropped > 0 ? [] : [.. records.Unaccounted(steady.Served)];
        Verdict[] verdicts =
        [
            new("crash", $"exit code {code}, {records.Upgrades} upgrades, {records.Reloads} reloads",
                [.. code == 0 ? [] : (string[])[$"superd ended with {code}"], .. records.Crashes, .. records.Stray, .. fuzzers.SelectMany(fuzzer => fuzzer.Faults)]),
            new("hang", $"{prober.Answers:N0} answers, the slowest after {prober.Worst.Time.TotalMilliseconds:N0} ms of superd's own", [.. prober.Hangs]),
            new("lost", $"{steady.Served:N0} clients of other services",
                [.. steady.Lost, .. unaccounted.Select(address => $"client {address} has not exactly one record"), .. Excess(records.Doubled, "records too many"), .. Excess(records.Dropped, "log lines dropped")]),
            new("leak", $"descriptors {before.Descriptors} -> {after.Descriptors}, anonymous memory {before.KiB:N0} -> {after.KiB:N0} KiB",
            [
                .. Excess(after.Descriptors - before.Descriptors - DescriptorSlack, "descriptors too many"),
                .. Excess((long)(after.KiB - before.KiB - MemorySlackKiB), "KiB too many"),
                .. Excess(zombies, "zombies"), .. left.Select(process => $"left behind: {process}"),
                .. Excess(records.Dropped > 0 ? 0 : records.Open, "connections without an end"),
            ]),
        ];
        foreach (Verdict verdict in verdicts)
        {
            verdict.Print();
        }

        if (verdicts.Any(verdict => verdict.Faults.Length > 0))
        {
            throw new BenchException($"--seed {seed}: {string.Join(", ", verdicts.Where(verdict => verdict.Faults.Length > 0).Select(verdict => verdict.Name))}");
        }
    }

    private static int ControlPort { get; } = Ports.Take(1)[0];

    private static Fuzzer[] Choose(AttackTarget target, string[] kinds)
    {
        Fuzzer[] all =
        [
            new ProxyFuzzer(target), new ConsoleFuzzer(target), new TcpMuxFuzzer(target), new UdpFuzzer(target), new UnixFuzzer(target), new TcpFuzzer(target),
            new HandlerFuzzer(target, "handlers",
                "bomb", "exit", "signal", "superd", "orphan", "environment", "stderr", "socket", "descriptors", "hide", "stop", "deaf", "answer"),
            new HandlerFuzzer(target, "tracers", "trace"),
            new SignalFuzzer(target), new ReloadFuzzer(target), new TomlFuzzer(target), new ImportFuzzer(target),
        ];
        return kinds.Except(all.Select(fuzzer => fuzzer.Name)).FirstOrDefault() is { } unknown
            ? throw new BenchException($"no kind '{unknown}'; there are {string.Join(", ", all.Select(fuzzer => fuzzer.Name))}")
            : [.. all.Where(fuzzer => kinds.Length == 0 || kinds.Contains(fuzzer.Name))];
    }

    private static Thread Start(Action run)
    {
        var thread = new Thread(() => run()) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private static void Watch(Bench bench, RunningServer server, AttackRecords records, Fuzzer[] fuzzers, Stopwatch clock)
    {
        TimeSpan length = bench.Options is { IsSmoke: true, Minutes: Options.DefaultMinutes } ? s_smoke : TimeSpan.FromMinutes(bench.Options.Minutes);
        for (TimeSpan next = TimeSpan.Zero; clock.Elapsed < length && !server.HasExited && fuzzers.Any(fuzzer => fuzzer.Faults.Count == 0);)
        {
            bench.ThrowIfCancelled();
            records.Read();
            Thread.Sleep(100);
            if (clock.Elapsed > next)
            {
                bench.Progress($"attack: {fuzzers.Sum(fuzzer => fuzzer.Inputs):N0} inputs, {records.Lines:N0} lines of the log");
                next += TimeSpan.FromSeconds(5);
            }
        }
    }

    /// <summary>The least of several looks: the steady clients come and go.</summary>
    private static (int Descriptors, double KiB) Figures(RunningServer server)
    {
        (int Descriptors, double KiB) least = (int.MaxValue, double.MaxValue);
        for (int looks = 0; looks < 20 && !server.HasExited; looks++)
        {
            least = (Math.Min(least.Descriptors, Processes.Descriptors(server.Pid)), Math.Min(least.KiB, Processes.MemoryKiB(server.Pid).Anonymous));
            Thread.Sleep(50);
        }

        return server.HasExited ? default : least;
    }

    private static string Describe(int pid)
    {
        try
        {
            return $"{pid} {File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ')}";
        }
        catch (IOException)
        {
            return $"{pid}";
        }
    }

    private static string[] Excess(long count, string what) => count > 0 ? [$"{count} {what}"] : [];

    private static void Print(Bench bench, SuperdSubject superd, Fuzzer[] fuzzers, TimeSpan took)
    {
        var table = new Table("kind", "inputs", "a minute", "faults");
        foreach (Fuzzer fuzzer in fuzzers)
        {
            bench.Figures.Add(Word, fuzzer.Name, superd.Name, "inputs", fuzzer.Inputs);
            table.Add(fuzzer.Name, Table.Number(fuzzer.Inputs), Table.Number(fuzzer.Inputs / took.TotalMinutes), Table.Number(fuzzer.Faults.Count));
        }

        table.Print();
    }

    /// <summary>One thing that must hold.</summary>
    private sealed record Verdict(string Name, string Figures, string[] Faults)
    {
        private const int MostShown = 10;

        public void Print()
        {
            Console.WriteLine($"  {Name,-6} {(Faults.Length == 0 ? "none" : $"{Faults.Length} FAULTS")}: {Figures}");
            foreach (string fault in Faults.Take(MostShown))
            {
                Console.WriteLine($"         {fault}");
            }
        }
    }
}
