using System.Runtime.InteropServices;

namespace SuperD.Tests.Support;

/// <summary>The few system calls a test makes itself.</summary>
internal static partial class NativeMethods
{
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint EffectiveUserId();

    [LibraryImport("libc", EntryPoint = "getegid")]
    internal static partial uint EffectiveGroupId();
}
