using System.Net.Sockets;

namespace SuperD.Benchmarks.Attack;

/// <summary>Connections that stay open for a while without being read: slow, silent, or with a full window.</summary>
/// <remarks>Bounded: a further connection replaces an earlier one.</remarks>
internal sealed class HeldSockets : IDisposable
{
    private const int Most = 32;

    private readonly List<Socket> _sockets = [];

    public void Add(Socket socket, Random random)
    {
        if (_sockets.Count == Most)
        {
            int index = random.Next(Most);
            Close(_sockets[index], random);
            _sockets.RemoveAt(index);
        }

        _sockets.Add(socket);
    }

    public bool Holds(Socket socket) => _sockets.Contains(socket);

    /// <summary>Sends a little more on one of them, as a slow client does.</summary>
    public void Trickle(Random random)
    {
        if (_sockets.Count > 0)
        {
            byte[] few = new byte[random.Next(1, 4)];
            random.NextBytes(few);
            _ = _sockets[random.Next(_sockets.Count)].Send(few, SocketFlags.None, out _);
        }
    }

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    private static void Close(Socket socket, Random random)
    {
        if (random.Next(2) == 0)
        {
            Clients.Reset(socket);
        }
        else
        {
            socket.Dispose();
        }
    }
}
