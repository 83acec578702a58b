using SuperD.Tests.Support;

namespace SuperD.Benchmarks;

/// <summary>The load generator (load.c) against a server of ours.</summary>
internal static class Load
{
    /// <summary>So many clients connect, read to the end, and begin again, within the bounds of the options.</summary>
    /// <param name="threads">The generator's own.</param>
    public static Answer Connect(Bench bench, int port, int clients, int threads) =>
        bench.RunTool(bench.Tools.Load, "connect", port, clients, bench.Options.Seconds, bench.Options.MostConnections, threads);

    /// <summary>
    /// The same for a tenth of the time: caches, pools and compiled code are as they are in a server that has run for a while.
    /// </summary>
    public static void WarmUp(Bench bench, int port, int clients) =>
        _ = bench.RunTool(bench.Tools.Load, "connect", port, clients, bench.Options.Seconds / 10, bench.Options.MostConnections, 1);

    /// <summary>So many clients each read one connection as fast as it comes.</summary>
    public static Answer Stream(Bench bench, int port, int clients)
    {
        double mostBytes = bench.Options.IsSmoke ? 1e6 : 1e15;
        return bench.RunTool(bench.Tools.Load, "stream", port, clients, bench.Options.Seconds, mostBytes);
    }

    /// <summary>The share of the whole machine's processors that the generator used.</summary>
    public static double ShareOf(Answer answer) => answer["cpu_seconds"] / answer["seconds"] / Environment.ProcessorCount;

    /// <summary>Opens connections whose handlers live until the result is disposed of.</summary>
    public static LiveConnections Hold(Bench bench, RunningServer server, int count)
    {
        RunningProgram process = Tools.Start(bench.Tools.Load, "hold", server.Port, count);
        return new LiveConnections(bench, process, server, count);
    }
}
