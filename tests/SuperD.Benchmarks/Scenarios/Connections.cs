namespace SuperD.Benchmarks.Scenarios;

/// <summary>Connection rate and latency of one server, the measurement that most scenarios share.</summary>
internal static class Connections
{
    /// <summary>The recorded metrics.</summary>
    public const string Rate = "connections_per_s", P50 = "p50_ms", P99 = "p99_ms", OwnMicroseconds = "own_cpu_us_per_connection",
        LoadShare = "generator_share", Threads = "generator_threads", Answered = "answered", Empty = "empty", Failed = "failed";

    /// <summary>Makes one measurement.</summary>
    /// <param name="threads">Threads of the generator: more than one if the server may be faster than one.</param>
    public static void Measure(Bench bench, string scenario, string @case, RunningServer server, int clients, int threads = 1)
    {
        Load.WarmUp(bench, server.Port, clients);
        TimeSpan cpuBefore = Processes.CpuTime(server.Pid);
        Answer answer = Load.Connect(bench, server.Port, clients, threads);
        TimeSpan cpu = Processes.CpuTime(server.Pid) - cpuBefore;

        Keep(Rate, answer["connections"] / answer["seconds"]);
        Keep(P50, answer["p50_ms"]);
        Keep(P99, answer["p99_ms"]);
        Keep(OwnMicroseconds, cpu.TotalMicroseconds / answer["connections"]);
        Keep(LoadShare, Load.ShareOf(answer));
        Keep(Threads, threads);
        Keep(Answered, answer["answered"]);
        Keep(Empty, answer["empty"]);
        Keep(Failed, answer["failed"]);

        void Keep(string metric, double value) => bench.Figures.Add(scenario, @case, server.Name, metric, value);
    }

    /// <summary>Prints superd's figure relative to that of the best peer.</summary>
    public static void PrintBest(Bench bench, string scenario, string @case, IEnumerable<RunningServer> servers, string metric, string word)
    {
        double? Of(string subject) => bench.Figures.Median(scenario, @case, subject, metric);
        if (servers.Where(server => !server.Subject.IsSuperd).MinBy(server => Of(server.Name)) is { } best)
        {
            string superd = bench.Subjects.Reference.Name;
            Console.WriteLine($"  {word} of {superd}: {Table.Ratio(Of(superd), Of(best.Name))} that of the best peer, {best.Name}");
        }
    }

    /// <summary>
    /// Warns if the generator rather than the server may have been the bottleneck: a thread can use one processor at most.
    /// </summary>
    public static void CheckGenerator(Bench bench, string scenario, string @case, IEnumerable<RunningServer> servers)
    {
        const double nearlyAll = 0.8;
        foreach (RunningServer server in servers)
        {
            double? share = bench.Figures.Median(scenario, @case, server.Name, LoadShare) * Environment.ProcessorCount
                / bench.Figures.Median(scenario, @case, server.Name, Threads);
            if (share > nearlyAll)
            {
                Console.WriteLine($"  {server.Name} may be faster: the generator used {Table.Percent(share)} of what its threads can");
            }
        }
    }

    /// <summary>Names the servers that left clients without an answer; superd must not be one of them.</summary>
    public static void CheckAnswers(Bench bench, string scenario, string @case, IEnumerable<RunningServer> servers)
    {
        foreach (RunningServer server in servers)
        {
            double Sum(string metric) => bench.Figures.Sum(scenario, @case, server.Name, metric);
            double lost = Sum(Empty) + Sum(Failed);
            if (lost > 0)
            {
                string message = $"{server.Name} left {lost} of {lost + Sum(Answered)} clients without an answer";
                if (server.Subject.IsSuperd)
                {
                    throw new BenchException(message);
                }

                Console.WriteLine($"  {message}");
            }
        }
    }
}
