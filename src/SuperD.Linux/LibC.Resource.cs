using System.Runtime.InteropServices;

namespace SuperD.Linux;

internal static unsafe partial class LibC
{
    /// <summary>struct rlimit with 64-bit fields.</summary>
    internal struct rlimit
    {
        internal ulong rlim_cur;
        internal ulong rlim_max;
    }

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int getrlimit(int resource, rlimit* limit);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int setrlimit(int resource, rlimit* limit);

    /// <summary>struct rusage as 18 longs: ru_utime (2), ru_stime (2), ru_maxrss, and 13 more.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int getrusage(int who, long* usage);
}
