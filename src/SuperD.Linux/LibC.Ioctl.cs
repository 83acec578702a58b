using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>sys/ioctl.h, and the one request of linux/sockios.h that superd makes.</summary>
internal static unsafe partial class LibC
{
    /// <summary>The arrival time of the datagram read last from the socket, as a timespec.</summary>
    internal const int SIOCGSTAMPNS_OLD = 0x8907;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int ioctl(int fd, nuint request, void* argument);
}
