using System.Diagnostics;

namespace SuperD.Benchmarks.Cluster;

/// <summary>The events in turn: what became of the clients in each, and whether Prometheus saw it.</summary>
internal sealed class ClusterRun
{
    private const string Scenario = ClusterScenario.Word, Connections = "clients", Lost = "lost", Pause = "longest_pause_ms";
    private const string Slowest = "slowest_question_ms", Restarts = "changes(superd_start_time_seconds[RANGE])";
    private const string Stayed = $"and on(instance) {Restarts} == 0", WasDown = "and on(instance) min_over_time(up[RANGE]) == 0";

    private static readonly TimeSpan s_undisturbed = TimeSpan.FromSeconds(1);

    /// <summary>In this time Prometheus has a sample: superd makes one a second at most, and it is asked four times a second.</summary>
    private static readonly TimeSpan s_sample = TimeSpan.FromSeconds(1.5);

    private readonly Bench _bench;
    private readonly Node[] _nodes;
    private readonly Balancer _balancer;
    private readonly Monitor _monitor;
    private readonly Clients _clients;
    private readonly ClusterEvent[] _events;
    private readonly List<string> _faults = [];
    private int _revision = 1;
    private int _cutConnections;
    private long _lastAnswer;

    public ClusterRun(Bench bench, Node[] nodes, Balancer balancer, Monitor monitor, Clients clients)
    {
        (_bench, _nodes, _balancer, _monitor, _clients) = (bench, nodes, balancer, monitor, clients);
        Node[] each = bench.Options.IsSmoke ? nodes[1..2] : nodes;
        _events =
        [
            new("undisturbed", nodes, Leave, "ready", $"min_over_time(superd_server_ready[RANGE]) == 1 {Stayed}"),
            new("rolling drain", each, Drain, "not ready", $"min_over_time(superd_server_ready[RANGE]) == 0 {Stayed}"),

            // Nobody was told, so a client may come in the moment in which a node stops listening.
            new("drain at once", each, DrainAtOnce, "not ready", $"min_over_time(superd_server_ready[RANGE]) == 0 {Stayed}",
                result => result.Received == 0),
            new("upgrade", each, Upgrade, "replaced", "resets(superd_loop_turns_total[RANGE]) > 0"),
            new("configuration", each, RollOut, "changed", $"superd_ready{{service=\"REVISION\"}} == 1 {Stayed}"),
            new("TERM", each, Terminate, "down, restarted", $"{Restarts} > 0 {WasDown}"),

            // A kill may meet superd in the microseconds after accept(2), or before it makes the handler's process.
            new("KILL", each, Kill, "restarted", $"{Restarts} > 0", result => result.Received == 0),
            new("cut off", nodes[1..2], CutOff, "down, not restarted", $"{Restarts} == 0 {WasDown}", _ => true),
        ];
    }

    /// <summary>Prints the table; throws a <see cref="BenchException"/> when a client was lost that must not be.</summary>
    public void Run()
    {
        for (int round = 0; round < _bench.Options.Rounds; round++)
        {
            _revision++;
            foreach (ClusterEvent @event in _events)
            {
                _bench.Progress($"{Scenario}: round {round + 1} of {_bench.Options.Rounds}, {@event.Name}");
                Run(@event);
            }
        }

        Print();
        if (_faults.Count > 0)
        {
            throw new BenchException(string.Join("\n    ", _faults));
        }
    }

    private void Run(ClusterEvent @event)
    {
        var clock = Stopwatch.StartNew();
        foreach (Node node in @event.Nodes)
        {
            @event.Happen(node);
            _bench.Require(() => _nodes.All(_balancer.IsUp), "HAProxy finds all nodes ready");
        }

        CheckAnswers(@event);
        _bench.Require(
            () => _monitor.Ask($"count({Query(@event, clock.Elapsed)})") == @event.Nodes.Length,
            $"Prometheus has seen {string.Join(", ", @event.Nodes.Select(node => node.Name))} {@event.Seen}");
    }

    /// <summary>Selects those of the event's nodes that Prometheus has seen as they must be seen.</summary>
    private string Query(ClusterEvent @event, TimeSpan range)
    {
        string nodes = string.Join('|', @event.Nodes.Select(node => node.MetricsAddress));
        string seconds = $"{Math.Ceiling(range.TotalSeconds):F0}s";
        return $"{@event.Query} and on(instance) up{{instance=~\"{nodes}\"}}"
            .Replace("RANGE", seconds, StringComparison.Ordinal)
            .Replace("REVISION", Node.NameOf(_revision), StringComparison.Ordinal);
    }

    /// <summary>Waits for the answers to all who began during the event, and adds them up.</summary>
    private void CheckAnswers(ClusterEvent @event)
    {
        long over = Stopwatch.GetTimestamp();
        _bench.Require(() => _clients.HaveAllBegunAfter(over), "each client has its answer");
        Result[] results = _clients.Take();
        foreach (Result lost in results.Where(result => result.Fault is not null))
        {
            string? node = null;
            _bench.Require(() => (node = _balancer.NodeOf(lost.Port)) is not null, "HAProxy logs a connection");
            if (@event.MayLose is not { } mayLose || !mayLose(lost) || @event.Nodes.All(victim => victim.Name != node))
            {
                _faults.Add(
                    $"{@event.Name}: the {(lost.IsLong ? "download" : "question")} from port {lost.Port} to {node} had {lost.Received} "
                        + $"bytes: {lost.Fault}");
            }
        }

        long[] answers = [.. results.Where(result => result.Fault is null).Select(result => result.Ended).Order()];
        Add(@event, Connections, results.Length);
        Add(@event, Lost, results.Count(result => result.Fault is not null));
        Add(@event, Pause, answers.Prepend(_lastAnswer == 0 ? answers[0] : _lastAnswer).Zip(answers, Milliseconds).Max());
        Add(@event, Slowest, results.Where(result => !result.IsLong).Max(result => Milliseconds(result.Began, result.Ended)));
        _lastAnswer = answers[^1];
    }

    private static void Leave(Node node) => Thread.Sleep(s_undisturbed);

    private static void Drain(Node node)
    {
        node.Command("drain", "--all", "--for", Node.LameDuck, "--wait");
        node.Command("resume");
    }

    private static void DrainAtOnce(Node node)
    {
        node.Command("drain", "--all", "--for", "0s", "--wait");
        Thread.Sleep(s_sample);
        node.Command("resume");
    }

    private static void Upgrade(Node node)
    {
        Thread.Sleep(s_sample);
        node.Command("upgrade");
    }

    private void RollOut(Node node)
    {
        node.WriteRevision(_revision);
        node.Command("reload");
        _bench.Require(() => _clients.RevisionOf(node) == _revision, $"{node.Name} answers with revision {_revision}");
    }

    private void Terminate(Node node)
    {
        node.Terminate();
        WaitUntilDown(node);
        node.Start();
    }

    private static void Kill(Node node)
    {
        Thread.Sleep(s_sample);
        node.Kill();
    }

    /// <summary>Cuts a node off until HAProxy has given up its connections to it.</summary>
    private void CutOff(Node node)
    {
        _cutConnections += _balancer.Live(node);
        node.Host.Cut();
        WaitUntilDown(node);
        _bench.Require(() => _balancer.Live(node) == 0, $"HAProxy gives up its connections to {node.Name}");
        node.Host.Mend();
    }

    private void WaitUntilDown(Node node)
    {
        _bench.Require(() => !_balancer.IsUp(node), $"HAProxy finds {node.Name} down");
        _bench.Require(
            () => _monitor.Ask($"count(up{{instance=\"{node.MetricsAddress}\"}} == 0)") == 1, $"Prometheus finds {node.Name} down");
    }

    private void Add(ClusterEvent @event, string metric, double value) =>
        _bench.Figures.Add(Scenario, @event.Name, _bench.Subjects.Reference.Name, metric, value);

    private void Print()
    {
        var table = new Table("", "clients", "lost", "pause ms", "slowest ms", "Prometheus saw");
        foreach (ClusterEvent @event in _events)
        {
            double Sum(string metric) => _bench.Figures.Sum(Scenario, @event.Name, _bench.Subjects.Reference.Name, metric);
            double Largest(string metric) => _bench.Figures.Largest(Scenario, @event.Name, _bench.Subjects.Reference.Name, metric);
            table.Add(
                @event.Name, Table.Number(Sum(Connections)), Table.Number(Sum(Lost)), Table.Number(Largest(Pause)),
                Table.Number(Largest(Slowest)), @event.Seen);
        }

        Console.WriteLine("  pause: the longest between two answers to anyone; slowest: of the short questions");
        table.Print();
        Console.WriteLine($"  the nodes that were cut off had {_cutConnections} connections at that moment");
    }

    private static double Milliseconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
