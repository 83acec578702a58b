using SuperD.Benchmarks.Scenarios;

namespace SuperD.Benchmarks.Cluster;

/// <summary>
/// Three nodes behind HAProxy, watched by Prometheus: everything that happens to machines happens to them while clients come.
/// </summary>
/// <remarks>Runs in its own namespaces (<see cref="OwnNamespaces"/>), where it makes those of its machines.</remarks>
internal sealed class ClusterScenario() : Scenario(Word, "three superd behind HAProxy: who is lost when one goes, dies or is cut off")
{
    public const string Word = "cluster";

    public override bool RunsByDefault => false;

    public override void Run(Bench bench)
    {
        Host.MakeBridge();
        try
        {
            using Host balancing = new("balancer", 10), asking = new("clients", 20), watching = new("monitor", 30);
            using Host first = new("node1", 101), second = new("node2", 102), third = new("node3", 103);
            using Node one = new(bench, first, balancing), two = new(bench, second, balancing), three = new(bench, third, balancing);
            Node[] nodes = [one, two, three];
            Array.ForEach(nodes, node => node.Start());
            using var balancer = new Balancer(bench, balancing, nodes);
            using var monitor = new Monitor(bench, watching, nodes);
            using var clients = new Clients(asking, balancer.Address, TimeSpan.FromSeconds(bench.Options.IsSmoke ? 0.5 : 1.5));
            new ClusterRun(bench, nodes, balancer, monitor, clients).Run();
        }
        finally
        {
            Host.RemoveBridge();
        }
    }
}
