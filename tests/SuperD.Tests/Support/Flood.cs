using System.Net;
using System.Net.Sockets;

namespace SuperD.Tests.Support;

/// <summary>One address that connects to a port as fast as it can until it is disposed.</summary>
internal sealed class Flood : IDisposable
{
    private const int Threads = 2;

    private readonly CancellationTokenSource _stop = new();
    private readonly HelperThreads _threads;
    private long _connections;

    public Flood(int port, string from)
    {
        IPAddress source = IPAddress.Parse(from);
        _threads = new HelperThreads(Threads, _ => Run(port, source));
    }

    /// <summary>Connections made so far.</summary>
    public long Connections => Interlocked.Read(ref _connections);

    /// <summary>Ends the flood; <see cref="Connections"/> does not change afterwards.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _threads.Join();
    }

    private void Run(int port, IPAddress source)
    {
        while (!_stop.IsCancellationRequested)
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                Client.BindTo(socket, source);
                socket.Connect(IPAddress.Loopback, port);
                Interlocked.Increment(ref _connections);
            }
            catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionReset)
            {
                Interlocked.Increment(ref _connections); // accepted, and refused before connect(2) returned
            }
            catch (SocketException noPort) when (
                noPort.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressAlreadyInUse)
            {
                // All ports of this address are in TIME_WAIT: it cannot go faster.
                Thread.Yield();
            }
        }
    }
}
