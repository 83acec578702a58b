using System.Runtime.InteropServices;

namespace SuperD.Linux;

internal static unsafe partial class LibC
{
    /// <summary>struct timespec.</summary>
    internal struct timespec
    {
        internal long tv_sec;
        internal long tv_nsec;
    }

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int clock_gettime(int clock, timespec* time);
}
