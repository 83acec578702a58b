using SuperD.Tests.Support;

namespace SuperD.Benchmarks;

/// <summary>Runs the load generator (load.c) against one of our servers.</summary>
internal static class Load
{
    /// <summary><paramref name="clients"/> clients connect, read to the end and start over, within the limits of the options.</summary>
    /// <param name="threads">Threads of the generator.</param>
    public static Answer Connect(Bench bench, int port, int clients, int threads) =>
        bench.RunTool(bench.Tools.Load, "connect", port, clients, bench.Options.Seconds, bench.Options.MostConnections, threads);

    /// <summary>The same for a tenth of the time, to bring caches, pools and compiled code to the state of a long-running server.</summary>
    public static void WarmUp(Bench bench, int port, int clients) =>
        _ = bench.RunTool(bench.Tools.Load, "connect", port, clients, bench.Options.Seconds / 10, bench.Options.MostConnections, 1);

    /// <summary><paramref name="clients"/> clients each read one connection as fast as they can.</summary>
    public static Answer Stream(Bench bench, int port, int clients)
    {
        double mostBytes = bench.Options.IsSmoke ? 1e6 : 1e15;
        return bench.RunTool(bench.Tools.Load, "stream", port, clients, bench.Options.Seconds, mostBytes);
    }

    /// <summary>The generator's share of all processors of the machine.</summary>
    public static double ShareOf(Answer answer) => answer["cpu_seconds"] / answer["seconds"] / Environment.ProcessorCount;

    /// <summary>Opens connections whose handlers live until the result is disposed.</summary>
    public static LiveConnections Hold(Bench bench, RunningServer server, int count)
    {
        RunningProgram process = Tools.Start(bench.Tools.Load, "hold", server.Port, count);
        return new LiveConnections(bench, process, server, count);
    }
}
