using System.Diagnostics;
using SuperD.Benchmarks.Scenarios;
using SuperD.Benchmarks.Subjects;

namespace SuperD.Benchmarks.Soak;

/// <summary>
/// A great many connections by ill-mannered clients to services of every kind, while handlers are killed and superd reloads and upgrades.
/// </summary>
/// <remarks>
/// At the end there are as many records as connections, no lost reply, no zombie, no orphan,
/// and no more descriptors or memory than after the first tenth.
/// </remarks>
internal sealed class SoakScenario() : Scenario("soak", "200,000 connections, kills, resets; nothing may be lost or left")
{
    private const long DefaultConnections = 200_000, SmokeConnections = 400;

    /// <summary>Descriptors that may be open now but were not before: an address file being read, a log being reopened.</summary>
    private const int DescriptorSlack = 4;

    /// <summary>What a runtime may still allocate without a leak, per process rather than per connection.</summary>
    private const double MemorySlackKiB = 4 * 1024;

    /// <summary>
    /// With fewer connections the youngest generation of the heap does not fill up even once, so memory grows regardless of leaks.
    /// </summary>
    private const long ConnectionsBeforeFlat = 20_000;

    /// <summary>superd closes what it keeps open for the next handlers a second after the last one.</summary>
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_troubleInterval = TimeSpan.FromMilliseconds(10);

    public override bool RunsByDefault => false;

    public override void Run(Bench bench)
    {
        SuperdSubject superd = bench.Subjects.Reference;
        using var backend = new Backend(bench);
        SoakService[] services = SoakServices.For(bench, superd, backend);
        using RunningServer server = Start(bench, superd, services);
        using var log = new LogFollower(server.LogFile);
        var records = new SoakRecords(log);
        var clients = new SoakClients(services);
        SoakService changed = services[^1];
        var trouble = new SoakTrouble(server, superd, bench.Tools.Rude, number => Write(
            superd,
            Path.GetDirectoryName(server.LogFile) ?? string.Empty,
            changed with { Toml = $"{changed.Toml}description = \"{number}\"\n" }));
        long total = bench.Options.Connections ?? (bench.Options.IsSmoke ? SmokeConnections : DefaultConnections);
        long first = total / 10;
        var clock = Stopwatch.StartNew();

        Connect(bench, first, clients, trouble, records);
        (int Descriptors, double KiB) early = AtRest(bench, server, clients, records);
        Connect(bench, total - first, clients, trouble, records);
        (int Descriptors, double KiB) late = AtRest(bench, server, clients, records);

        int zombies = Processes.Children(server.Pid).Count(Processes.IsZombie), orphans = HandlersOf(bench).Length;
        Print(superd, clients, records, trouble, clock.Elapsed);
        Console.WriteLine(
            $"  {clients.Lost.Values.Sum()} replies lost, {records.Open} connections without a record, {zombies} zombies, {orphans} "
                + "orphans");
        Console.WriteLine($"  descriptors {early.Descriptors} -> {late.Descriptors}; anonymous memory {early.KiB:N0} -> {late.KiB:N0} KiB");
        string[] problems =
        [
            .. Problem(records.Terminal != clients.Connected, "connections and records differ"),
            .. Problem(records.Doubled > 0, $"{records.Doubled} connections have two records"),
            .. Problem(records.AnyDropped, "superd dropped log lines"),
            .. Problem(clients.Lost.Count > 0, $"replies were lost: {string.Join(", ", clients.Lost)}"),
            .. Problem(clients.Stuck > 0, $"{clients.Stuck} connections hung or were not taken"),
            .. Problem(zombies + orphans > 0, "processes were left"),
            .. Problem(late.Descriptors > early.Descriptors + DescriptorSlack, "descriptors grew"),
            .. Problem(first >= ConnectionsBeforeFlat && late.KiB > early.KiB + MemorySlackKiB, "memory grew"),
        ];
        if (problems.Length > 0)
        {
            throw new BenchException(string.Join("; ", problems));
        }
    }

    private static RunningServer Start(Bench bench, SuperdSubject superd, SoakService[] services)
    {
        string folder = bench.Folder.Create("soak");
        foreach (SoakService service in services)
        {
            Write(superd, folder, service);
        }

        var order = new ServerOrder { Ports = [.. services.Select(service => service.Port)] };
        return RunningServer.Start(bench, superd, order, folder, superd.Prepare(folder));
    }

    private static void Write(SuperdSubject superd, string folder, SoakService service) =>
        superd.WriteService(folder, service.Name, $"listen = \"127.0.0.1:{service.Port}\"\n{service.Toml}");

    private static void Connect(Bench bench, long count, SoakClients clients, SoakTrouble trouble, SoakRecords records)
    {
        using var cancellation = new CancellationTokenSource();
        Task all = clients.Run(count, cancellation.Token);
        try
        {
            for (var sinceProgress = Stopwatch.StartNew(); !all.Wait(s_troubleInterval);)
            {
                bench.ThrowIfCancelled();
                trouble.Next();
                if (sinceProgress.Elapsed > TimeSpan.FromSeconds(5))
                {
                    records.Read();
                    bench.Progress(
                        $"soak: {clients.Connected:N0} connections, {trouble.Kills} kills, {trouble.Reloads} reloads, {trouble.Upgrades} "
                            + "upgrades");
                    sinceProgress.Restart();
                }
            }
        }
        finally
        {
            cancellation.Cancel();
        }
    }

    /// <summary>
    /// Waits until every connection has its record and no handler is alive, then returns descriptors and anonymous memory.
    /// </summary>
    private static (int Descriptors, double KiB) AtRest(Bench bench, RunningServer server, SoakClients clients, SoakRecords records)
    {
        // superd logs the count of repeated refusals only at the end of their ten-second interval.
        bench.Progress("soak: waiting until all is at rest");
        _ = bench.WaitUntil(s_patience, () =>
        {
            records.Read();
            return records.Terminal >= clients.Connected && Processes.Children(server.Pid).Length == 0 && HandlersOf(bench).Length == 0;
        });
        Thread.Sleep(s_settling);
        return (Processes.Descriptors(server.Pid), Processes.MemoryKiB(server.Pid).Anonymous);
    }

    private static int[] HandlersOf(Bench bench) =>
        [
            .. Processes
                .Under(bench.Folder.Path)
                .Where(pid => Processes.ExecutableOf(pid) is { } path && (path == bench.Tools.Answer || path == bench.Tools.Rude)),
        ];

    private static void Print(SuperdSubject superd, SoakClients clients, SoakRecords records, SoakTrouble trouble, TimeSpan took)
    {
        Console.WriteLine(
            $"  {superd.Name}: {clients.Connected:N0} connections in {took.TotalSeconds:N0} s, {records.Terminal:N0} records");
        Console.WriteLine(
            $"  {trouble.Kills} handlers killed, {trouble.Reloads} reloads ({records.Reloads} in the log), {trouble.Upgrades} upgrades");
        if (trouble.Skipped.Length > 0)
        {
            Console.WriteLine($"  not supported by this superd: {trouble.Skipped}");
        }
    }

    private static string[] Problem(bool isThere, string text) => isThere ? [text] : [];
}
