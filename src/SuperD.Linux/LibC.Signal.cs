using System.Runtime.InteropServices;

namespace SuperD.Linux;

internal static unsafe partial class LibC
{
    internal const int SIG_SETMASK = 2;

    /// <summary>The kernel's signal sets have 64 bits; glibc's larger sigset_t only pads them.</summary>
    internal const int KernelSignalSetSize = 8;

    /// <summary>The kernel's struct sigaction: handler, flags, restorer, mask.</summary>
    internal const int KernelSigactionSize = 32;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int kill(int pid, int signal);
}
