namespace SuperD.Benchmarks.Cluster;

/// <summary>Something that happens to nodes.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Nodes">To whom it happens, one after the other.</param>
/// <param name="Happen">Does it to a node; the node comes back, or is back already.</param>
/// <param name="Seen">What Prometheus then has seen of the node, in words.</param>
/// <param name="Query">The same as a query that selects such nodes; RANGE stands for the event's time.</param>
/// <param name="MayLose">The clients that it may cost, of these nodes; all others must get their answer.</param>
internal sealed record ClusterEvent(
    string Name, Node[] Nodes, Action<Node> Happen, string Seen, string Query, Func<Result, bool>? MayLose = null);
