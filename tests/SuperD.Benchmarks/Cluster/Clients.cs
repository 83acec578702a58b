using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SuperD.Tests.Support;

namespace SuperD.Benchmarks.Cluster;

/// <summary>The machine with the clients: some ask short questions one after the other, some always download.</summary>
/// <remarks>A client that gets no whole answer is lost. None tries again.</remarks>
internal sealed class Clients : IDisposable
{
    private const int ShortClients = 8, LongClients = 6, ShortBytes = 100, LongBytes = 1 << 20, LongestHead = 64;
    private const int FirstPort = 10_000, PortCount = 50_000;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10), s_patience = TimeSpan.FromSeconds(20);
    private static readonly byte[] s_bytes = [.. Enumerable.Range(0, LongBytes).Select(i => (byte)('a' + (i % 26)))];

    private readonly Host _host;
    private readonly IPEndPoint _server;
    private readonly int _downloadMs;
    private readonly long[] _began = new long[ShortClients + LongClients];
    private readonly List<Result> _results = []; // its lock guards _revisions too
    private readonly Dictionary<string, int> _revisions = [];
    private readonly HelperThreads _threads;
    private volatile bool _isStopped;
    private int _connections;

    /// <param name="download">How long a download takes.</param>
    public Clients(Host host, IPEndPoint server, TimeSpan download)
    {
        _host = host;
        _server = server;
        _downloadMs = (int)download.TotalMilliseconds;
        _threads = new HelperThreads(_began.Length, Run);
    }

    /// <summary>Takes the results since the last call.</summary>
    public Result[] Take()
    {
        lock (_results)
        {
            Result[] results = [.. _results];
            _results.Clear();
            return results;
        }
    }

    /// <summary>Whether each client has begun its present connection after this moment.</summary>
    public bool HaveAllBegunAfter(long moment) => Enumerable.Range(0, _began.Length).All(i => Volatile.Read(ref _began[i]) > moment);

    /// <summary>The revision that a node's last answer to a short question named; 0 before the first.</summary>
    public int RevisionOf(Node node)
    {
        lock (_results)
        {
            return _revisions.GetValueOrDefault(node.Name);
        }
    }

    public void Dispose()
    {
        _isStopped = true;
        _threads.Join();
    }

    private void Run(int number)
    {
        _host.Join();
        byte[] buffer = new byte[LongestHead + LongBytes];
        bool isLong = number >= ShortClients;
        while (!_isStopped)
        {
            Volatile.Write(ref _began[number], Stopwatch.GetTimestamp());
            Result result = Ask(_began[number], isLong, buffer);
            lock (_results)
            {
                _results.Add(result);
                if (result is { IsLong: false, Node: { } node })
                {
                    _revisions[node] = result.Revision;
                }
            }

            if (!isLong)
            {
                Thread.Sleep(s_pause);
            }
        }
    }

    private Result Ask(long began, bool isLong, byte[] buffer)
    {
        int port = FirstPort + (Interlocked.Increment(ref _connections) % PortCount), received = 0;
        string? fault = null;
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.ReceiveTimeout = (int)s_patience.TotalMilliseconds;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            socket.Connect(_server);
            _ = socket.Send(Encoding.ASCII.GetBytes(isLong ? $"{LongBytes} {_downloadMs}\n" : $"{ShortBytes} 0\n"));
            for (int count = -1; count != 0 && received < buffer.Length; received += count)
            {
                count = socket.Receive(buffer, received, buffer.Length - received, SocketFlags.None);
            }
        }
        catch (SocketException failed)
        {
            fault = failed.Message;
        }

        long ended = Stopwatch.GetTimestamp();
        int head = buffer.AsSpan(0, Math.Min(received, LongestHead)).IndexOf((byte)'\n');
        string[] words = head < 0 ? [] : Encoding.ASCII.GetString(buffer, 0, head).Split(' ');
        int expected = isLong ? LongBytes : ShortBytes;
        if (fault is null && !(head >= 0 && buffer.AsSpan(head + 1, received - head - 1).SequenceEqual(s_bytes.AsSpan(0, expected))))
        {
            fault = "short or wrong";
        }

        return words is [var node, var revision]
            ? new Result(began, ended, port, isLong, received, node, int.Parse(revision, CultureInfo.InvariantCulture), fault)
            : new Result(began, ended, port, isLong, received, null, 0, fault);
    }
}
