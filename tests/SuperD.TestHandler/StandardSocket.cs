using System.Net.Sockets;

namespace SuperD.TestHandler;

/// <summary>fd 0 as a socket. Only blocking calls may be made on it: an async one would set O_NONBLOCK for its other holders too.</summary>
internal static class StandardSocket
{
    public static Socket Open() => new(new SafeSocketHandle(0, ownsHandle: false));
}
