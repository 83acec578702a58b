using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>sys/ioctl.h, and the requests that superd makes.</summary>
internal static unsafe partial class LibC
{
    /// <summary>The arrival time of the datagram read last from the socket, as a timespec.</summary>
    internal const int SIOCGSTAMPNS_OLD = 0x8907;

    /// <summary>How many bytes have arrived and were not read, as an int.</summary>
    internal const int FIONREAD = 0x541B;

    /// <summary>The size of a terminal's window, as a winsize.</summary>
    internal const int TIOCGWINSZ = 0x5413;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int ioctl(int fd, nuint request, void* argument);
}
