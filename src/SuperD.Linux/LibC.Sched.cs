using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>sched.h and sys/personality.h.</summary>
internal static unsafe partial class LibC
{
    internal const int SCHED_OTHER = 0;
    internal const int SCHED_IDLE = 5;
    internal const int SCHED_RESET_ON_FORK = 0x40000000;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int sched_getscheduler(int pid);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int sched_getaffinity(int pid, nuint size, ulong* mask);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int sched_setaffinity(int pid, nuint size, ulong* mask);

    /// <summary>personality(2): 0xffffffff changes nothing and returns the current value.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int personality(uint persona);
}
