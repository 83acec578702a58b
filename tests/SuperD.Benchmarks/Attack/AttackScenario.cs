using System.Diagnostics;
using System.Net;
using SuperD.Benchmarks.Attack.Fuzzers;
using SuperD.Benchmarks.Scenarios;
using SuperD.Benchmarks.Subjects;
using SuperD.Tests.Support;

namespace SuperD.Benchmarks.Attack;

/// <summary>Attacks superd from every side at once while well-behaved clients use other services: they must not notice.</summary>
/// <remarks>
/// Runs in its own namespaces (<see cref="OwnNamespaces"/>). The seed determines every input, but not which inputs coincide.
/// </remarks>
internal sealed class AttackScenario() : Scenario(Word, "hostile input of every kind; no crash, hang, lost client or leak")
{
    public const string Word = "attack";

    /// <summary>Descriptors that may be open now but were not before: an address file being read, a log being reopened.</summary>
    private const int DescriptorSlack = 4;

    /// <summary>65,536 remembered sources take 15 MB; the rest allows for heap that the runtime keeps after its peak.</summary>
    private const double MemorySlackKiB = 48 * 1024;

    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(3), s_patience = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan s_smoke = TimeSpan.FromSeconds(10), s_progress = TimeSpan.FromSeconds(5);

    /// <summary>An upgrade stops superd for as long as a start takes, which is long with the JIT compiler.</summary>
    private static readonly TimeSpan s_longestHang = TimeSpan.FromSeconds(1), s_longestHangOfJit = TimeSpan.FromSeconds(5);

    public override bool RunsByDefault => false;

    public override void Run(Bench bench)
    {
        SuperdSubject superd = bench.Subjects.Reference;
        int seed = bench.Options.Seed ?? Random.Shared.Next(), controlPort = Ports.Take(1)[0];
        Console.WriteLine($"  --seed {seed}");
        using var backend = new Backend(bench);
        var target = new AttackTarget(bench, superd, backend);
        Fuzzer[] fuzzers = Choose(target, bench.Options.Kinds);
        using RunningProgram control = Tools.Start(bench.Tools.Control, controlPort, bench.Tools.Answer, Nobody.UserId, Nobody.GroupId);
        using RunningServer server = RunningServer.Start(bench, superd, target.Order, target.Folder, target.Command);
        target.Pid = server.Pid;
        using var log = new LogFollower(server.LogFile);
        var records = new AttackRecords(log);
        var steady = new SteadyClients(target);
        var prober = new Prober(
            target, new IPEndPoint(IPAddress.Loopback, controlPort), superd == bench.Subjects.Native ? s_longestHang : s_longestHangOfJit);

        var clock = Stopwatch.StartNew();
        (Rest before, Rest after) = Attack(bench, server, records, fuzzers, seed, [.. prober.Threads, steady.Run]);
        TimeSpan took = clock.Elapsed;
        _ = bench.WaitUntil(s_patience, () => Processes.Children(server.Pid).Length == 0);
        int zombies = Processes.Children(server.Pid).Count(Processes.IsZombie), code = server.Stop();
        string[] left = [.. Processes.All().Except([1, Environment.ProcessId, backend.Pid, control.Pid]).Select(Describe)];
        control.Kill();
        records.Read();

        bool isWhole = records.Dropped == 0; // otherwise records may be missing through no fault of their connections
        (TimeSpan slowest, TimeSpan unexcused) = prober.Slowest;
        Verdict[] verdicts =
        [
            new("crash", $"exit code {code}, {records.Upgrades:N0} upgrades, {records.Reloads:N0} reloads",
            [
                .. Excess(code, "is superd's exit code"), .. records.Crashes, .. records.Stray.Select(line => $"in the log: {line}"),
                .. fuzzers.SelectMany(fuzzer => fuzzer.Faults),
            ]),
            new(
                "hang",
                $"{prober.Answers:N0} answers, the slowest {slowest.TotalMilliseconds:N0} ms, of them superd's "
                    + $"{unexcused.TotalMilliseconds:N0}",
                [.. prober.Hangs]),
            new("lost", $"{steady.Count:N0} clients of services that nobody attacks",
            [
                .. steady.Lost, .. Excess(records.Doubled, "records too many"), .. Excess(records.Dropped, "log lines dropped"),
                .. isWhole ? records.Unaccounted(steady.Count).Select(address => $"client {address} has no record, or no end") : [],
            ]),
            new("leak", $"{before.Descriptors} -> {after.Descriptors} descriptors, {before.KiB:N0} -> {after.KiB:N0} KiB anonymous memory",
            [
                .. Excess(after.Descriptors - before.Descriptors - DescriptorSlack, "descriptors too many"),
                .. Excess((long)(after.KiB - before.KiB - MemorySlackKiB), "KiB too many"),
                .. Excess(zombies, "zombies"), .. left.Select(process => $"left behind: {process}"),
                .. Excess(isWhole ? records.Open : 0, "connections without an end"),
            ]),
        ];
        Print(bench, superd, fuzzers, took);
        Array.ForEach(verdicts, verdict => verdict.Print());
        if (verdicts.Any(verdict => verdict.Faults.Length > 0))
        {
            throw new BenchException(
                $"--seed {seed}: "
                    + $"{string.Join(", ", verdicts.Where(verdict => verdict.Faults.Length > 0).Select(verdict => verdict.Name))}");
        }
    }

    /// <summary>Runs the attack and measures what superd holds before and after it.</summary>
    /// <param name="watchers">Threads that run from before the attack until after it.</param>
    private static (Rest Before, Rest After) Attack(
        Bench bench, RunningServer server, AttackRecords records, Fuzzer[] fuzzers, int seed, Action<CancellationToken>[] watchers)
    {
        using var attack = new CancellationTokenSource();
        using var watch = new CancellationTokenSource();
        var watching = new HelperThreads(watchers.Length, number => watchers[number](watch.Token));
        HelperThreads? attacking = null;
        try
        {
            Thread.Sleep(s_settling); // the first connections have made their caches and pools by then
            Rest before = AtRest(server);
            attacking = new HelperThreads(fuzzers.Length, number => fuzzers[number].Run(seed, attack.Token));
            Follow(bench, server, records, fuzzers);
            attack.Cancel();
            bench.Progress("attack: waiting until all is at rest");
            attacking.Join();
            Thread.Sleep(s_settling);
            return (before, AtRest(server));
        }
        finally
        {
            attack.Cancel();
            watch.Cancel();
            attacking?.Join();
            watching.Join();
            records.Read();
        }
    }

    private static Fuzzer[] Choose(AttackTarget target, string[] kinds)
    {
        Fuzzer[] all =
        [
            new ProxyFuzzer(target), new ConsoleFuzzer(target), new TcpMuxFuzzer(target), new UdpFuzzer(target), new UnixFuzzer(target),
            new TcpFuzzer(target),
            new HandlerFuzzer(target, "handlers",
                "bomb", "exit", "signal", "superd", "orphan", "environment", "stderr", "socket", "descriptors", "hide", "stop", "deaf",
                "answer"),
            new HandlerFuzzer(target, "tracers", "trace"),
            new SignalFuzzer(target), new ReloadFuzzer(target), new TomlFuzzer(target), new ImportFuzzer(target),
        ];
        return kinds.Except(all.Select(fuzzer => fuzzer.Name)).FirstOrDefault() is { } unknown
            ? throw new BenchException($"no kind '{unknown}'; there are {string.Join(", ", all.Select(fuzzer => fuzzer.Name))}")
            : [.. all.Where(fuzzer => kinds.Length == 0 || kinds.Contains(fuzzer.Name))];
    }

    /// <summary>Reads the log until the time is up or superd has exited.</summary>
    private static void Follow(Bench bench, RunningServer server, AttackRecords records, Fuzzer[] fuzzers)
    {
        TimeSpan length = bench.Options is { IsSmoke: true, Minutes: null } ? s_smoke : TimeSpan.FromMinutes(bench.Options.Minutes ?? 1);
        TimeSpan next = TimeSpan.Zero;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < length && !server.HasExited; Thread.Sleep(100))
        {
            bench.ThrowIfCancelled();
            records.Read();
            if (clock.Elapsed > next)
            {
                bench.Progress($"attack: {fuzzers.Sum(fuzzer => fuzzer.Inputs):N0} inputs, {records.Lines:N0} lines of the log");
                next += s_progress;
            }
        }
    }

    /// <summary>The lowest of several samples, because the steady clients come and go.</summary>
    private static Rest AtRest(RunningServer server)
    {
        var least = new Rest(int.MaxValue, double.MaxValue);
        for (int looks = 0; looks < 20 && !server.HasExited; looks++)
        {
            least = new Rest(
                Math.Min(least.Descriptors, Processes.Descriptors(server.Pid)),
                Math.Min(least.KiB, Processes.MemoryKiB(server.Pid).Anonymous));
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
            table.Add(
                fuzzer.Name,
                Table.Number(fuzzer.Inputs),
                Table.Number(fuzzer.Inputs / took.TotalMinutes),
                Table.Number(fuzzer.Faults.Count));
        }

        table.Print();
    }

    /// <summary>What superd holds when only the steady clients are connected.</summary>
    private readonly record struct Rest(int Descriptors, double KiB);

    /// <summary>One thing that must hold.</summary>
    private sealed record Verdict(string Name, string Figures, string[] Faults)
    {
        private const int MostShown = 10;

        public void Print()
        {
            Console.WriteLine($"  {Name,-5}  {(Faults.Length == 0 ? "none" : $"{Faults.Length} FAULTS")}: {Figures}");
            foreach (string fault in Faults.Take(MostShown))
            {
                Console.WriteLine($"         {fault}");
            }
        }
    }
}
