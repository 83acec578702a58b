using SuperD.Benchmarks.Subjects;

namespace SuperD.Benchmarks.Scenarios;

/// <summary>Servers that run side by side and end together.</summary>
internal sealed class ServerGroup : IDisposable
{
    private readonly List<RunningServer> _servers = [];

    public IReadOnlyList<RunningServer> Servers => _servers;

    /// <summary>Starts every installed subject that supports the order. A peer that does not start is reported and left out.</summary>
    /// <param name="order">Creates the order; called once per server, because no two can share ports.</param>
    public static ServerGroup Start(Bench bench, Func<ServerOrder> order)
    {
        var group = new ServerGroup();
        try
        {
            group.Add(bench, order);
            return group;
        }
        catch
        {
            group.Dispose();
            throw;
        }
    }

    /// <summary>Measures each in turn, round after round; the first one changes with the round.</summary>
    public void Measure(Bench bench, string what, Action<RunningServer> measure)
    {
        for (int round = 0; round < bench.Options.Rounds; round++)
        {
            for (int i = 0; i < _servers.Count; i++)
            {
                RunningServer server = _servers[(round + i) % _servers.Count];
                bench.Progress($"{what}: round {round + 1} of {bench.Options.Rounds}, {server.Name}");
                measure(server);
            }
        }
    }

    public void Dispose()
    {
        _servers.ForEach(server => server.Dispose());
        _servers.Clear();
    }

    private void Add(Bench bench, Func<ServerOrder> order)
    {
        foreach (Subject subject in bench.Subjects.ThatCan(order()))
        {
            bench.Progress($"start {subject.Name}");
            try
            {
                _servers.Add(RunningServer.Start(bench, subject, order()));
            }
            catch (BenchException problem) when (!subject.IsSuperd)
            {
                bench.ThrowIfCancelled();
                Console.WriteLine($"  without it: {problem.Message.TrimEnd()}");
            }
        }
    }
}
