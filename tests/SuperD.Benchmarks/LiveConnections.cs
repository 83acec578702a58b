using SuperD.Tests.Support;

namespace SuperD.Benchmarks;

/// <summary>Connections with one live handler each; <see cref="Dispose"/> closes them and waits for the handlers to end.</summary>
internal sealed class LiveConnections : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Bench _bench;
    private readonly RunningProgram _process;
    private readonly RunningServer _server;
    private readonly int _childrenBefore;

    public LiveConnections(Bench bench, RunningProgram process, RunningServer server, int count)
    {
        _bench = bench;
        _process = process;
        _server = server;
        _childrenBefore = Processes.Children(server.Pid).Length;

        // The program prints its line when all connections are open, or exits.
        var held = new Answer(process.Output.ReadLine() ?? "held=0 failed=0");
        if ((int)held["held"] != count)
        {
            Dispose();
            throw new BenchException($"{server.Name}: {held["held"]} of {count} connections got a handler");
        }
    }

    public void Dispose()
    {
        _process.EndInput();
        _process.WaitForEnd();
        _process.Dispose();
        if (!_bench.WaitUntil(s_patience, () => Processes.Children(_server.Pid).Length <= _childrenBefore))
        {
            throw new BenchException($"{_server.Name}: handlers still live {s_patience.TotalSeconds} s after their clients went");
        }
    }
}
