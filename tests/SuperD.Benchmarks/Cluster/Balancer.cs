using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SuperD.Tests.Support;

namespace SuperD.Benchmarks.Cluster;

/// <summary>The machine with HAProxy, configured as src/docs/many-machines.md says, with shorter intervals.</summary>
internal sealed class Balancer : IDisposable
{
    private readonly string _statistics;
    private readonly RunningProgram _process;
    private readonly Dictionary<int, string> _servers = [];

    public Balancer(Bench bench, Host host, Node[] nodes)
    {
        string folder = bench.Folder.Create(host.Name), file = Path.Combine(folder, "haproxy.cfg");
        _statistics = Path.Combine(folder, "statistics");
        Address = new IPEndPoint(host.Address, Node.Port);
        File.WriteAllText(file, $"""
            global
                stats socket {_statistics} mode 600
                log stdout format raw local0
            defaults
                mode tcp
                log global
                log-format "client=%cp server=%s"
                timeout connect 500ms
                timeout client 30s
                timeout server 30s
                timeout check 1s
                retries 5
                option redispatch 1
                option srvtcpka
                srvtcpka-idle 1s
                srvtcpka-intvl 1s
                srvtcpka-cnt 2
            listen {Node.Service}
                bind {Address}
                balance leastconn
                option httpchk GET /ready/{Node.Service} HTTP/1.1
                http-check send hdr Host superd
                default-server check port {Node.HealthPort} inter 250ms fall 2 rise 1 send-proxy-v2 tcp-ut 3s
                default-server weight 100 agent-check agent-port {Node.AgentPort} agent-inter 250ms
            {string.Concat(nodes.Select(node => $"    server {node.Name} {node.Host.Address}:{Node.Port}\n"))}
            """);
        _process = Tools.Start(host.Enter[0], [.. host.Enter[1..], "haproxy", "-db", "-f", file]);
        try
        {
            bench.Require(() => nodes.All(IsUp), "HAProxy finds all nodes ready");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where the clients connect.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Whether HAProxy sends clients to a node.</summary>
    public bool IsUp(Node node) => Statistics(node) is { } row && row("status") == "UP" && row("check_status") == "L7OK";

    /// <summary>How many connections it has to a node.</summary>
    public int Live(Node node) => int.Parse(Statistics(node)?.Invoke("scur") ?? "0", CultureInfo.InvariantCulture);

    /// <summary>The node that had the ended connection of a client; null when there was none.</summary>
    /// <param name="clientPort">The client's own port; no two connections of a run have the same.</param>
    public string? NodeOf(int clientPort)
    {
        while (_process.Output.TryReadLine(TimeSpan.Zero, out string? line) && line is not null)
        {
            if (line.Split((char[])[' ', '=']) is ["client", var port, "server", var server])
            {
                _servers[int.Parse(port, CultureInfo.InvariantCulture)] = server;
            }
        }

        return _servers.GetValueOrDefault(clientPort);
    }

    public void Dispose() => _process.Dispose();

    /// <summary>A function from the name of a column to its value; null before HAProxy answers.</summary>
    private Func<string, string>? Statistics(Node node)
    {
        if (_process.HasEnded)
        {
            throw new BenchException($"HAProxy ended: {_process.Errors.Text}");
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(_statistics));
            socket.Send("show stat\n"u8);
            using var reader = new StreamReader(new NetworkStream(socket));
            string[][] rows = [.. reader.ReadToEnd().TrimStart('#', ' ').Split('\n').Select(line => line.Split(','))];
            string[] own = rows.Single(row => row is [Node.Service, var name, ..] && name == node.Name);
            return column => own[Array.IndexOf(rows[0], column)];
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
