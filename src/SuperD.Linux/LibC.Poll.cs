using System.Runtime.InteropServices;

namespace SuperD.Linux;

internal static unsafe partial class LibC
{
    internal const short POLLIN = 1, POLLOUT = 4;

    /// <summary>struct pollfd.</summary>
    internal struct pollfd
    {
        public int fd;
        public short events;
        public short revents;
    }

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int poll(pollfd* fds, nuint count, int timeoutMs);
}
