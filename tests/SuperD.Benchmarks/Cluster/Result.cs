namespace SuperD.Benchmarks.Cluster;

/// <summary>How one connection of a client ended.</summary>
/// <param name="Began">In <see cref="System.Diagnostics.Stopwatch"/>'s ticks, like <paramref name="Ended"/>.</param>
/// <param name="Port">The client's own port, which no other connection of the run has.</param>
/// <param name="IsLong">A download, in contrast to a short question.</param>
/// <param name="Received">Bytes of the answer, right or wrong.</param>
/// <param name="Node">The node that answered; null when no first line arrived.</param>
/// <param name="Revision">The revision of the node's configuration; 0 when no first line arrived.</param>
/// <param name="Fault">Why the client counts as lost; null when the whole answer came.</param>
internal sealed record Result(
    long Began, long Ended, int Port, bool IsLong, int Received, string? Node, int Revision, string? Fault);
