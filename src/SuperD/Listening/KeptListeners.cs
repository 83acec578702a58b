using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Listening;

/// <summary>The listening sockets of a superd that was killed, which the service manager has kept.</summary>
/// <param name="sockets">Each file once.</param>
internal sealed class KeptListeners(IReadOnlyList<PassedSocket> sockets)
{
    private readonly List<PassedSocket> _left = [.. sockets.Where(socket => socket.Name == PassedSocket.KeptListener)];

    /// <summary>How many of them have been taken.</summary>
    public int Taken { get; private set; }

    /// <summary>The socket that is bound to an address, which is the caller's; null if there is none.</summary>
    public Fd? Take(ListenAddress address)
    {
        int found = _left.FindIndex(socket =>
            socket.Unfit is null
            && socket.EndPoint == InetEndPoint.From(address.EndPoint)
            && (!socket.EndPoint.IsV6 || !socket.EndPoint.IsWildcard || socket.IsDualStack != address.V6Only));
        if (found < 0)
        {
            return null;
        }

        Fd socket = _left[found].Take();
        _left.RemoveAt(found);
        Taken++;
        return socket;
    }

    /// <summary>Closes those that no service wants any more; their clients are refused.</summary>
    public void CloseRest()
    {
        foreach (PassedSocket socket in _left.Where(socket => socket.Unfit is null))
        {
            using Fd closed = socket.Take();
            TcpSocket.StopListening(closed); // the manager has it for a moment longer
        }

        _left.Clear();
    }
}
