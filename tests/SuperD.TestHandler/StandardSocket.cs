using System.Net.Sockets;

namespace SuperD.TestHandler;

/// <summary>
/// fd 0 as a socket. Only blocking calls are allowed: an async call would set O_NONBLOCK on the open file that other processes share.
/// </summary>
internal static class StandardSocket
{
    public static Socket Open() => new(new SafeSocketHandle(0, ownsHandle: false));
}
