using System.Globalization;
using System.Runtime.CompilerServices;

namespace SuperD.Linux;

/// <summary>The NOFILE limit: raised to its hard value for superd itself, remembered as it was for the handlers.</summary>
/// <remarks>
/// A native build sees the limit it was started with. The JIT runtime raises the soft limit before any managed code runs, and what it
/// was is lost; then it is taken from the nearest ancestor with the same hard limit and a lower soft one (a shell, usually), and where
/// the ancestors have other hard limits (started by a service manager), it is Linux' own default of 1024.
/// </remarks>
internal static unsafe class OpenFileLimits
{
    private const ulong KernelDefault = 1024;

    /// <summary>Raises the soft limit to the hard one; returns the soft limit handlers shall have, and the hard one.</summary>
    internal static (ulong Soft, ulong Hard) Raise()
    {
        LibC.rlimit limit;
        if (LibC.getrlimit((int)Resource.OpenFiles, &limit) != 0)
        {
            return (KernelDefault, KernelDefault);
        }

        ulong soft = limit.rlim_cur;
        bool mayHaveBeenRaised = RuntimeFeature.IsDynamicCodeCompiled && soft == limit.rlim_max;
        if (mayHaveBeenRaised)
        {
            soft = SoftLimitOfAncestor(limit.rlim_max);
        }

        limit.rlim_cur = limit.rlim_max;
        _ = LibC.setrlimit((int)Resource.OpenFiles, &limit);
        return (soft, limit.rlim_max);
    }

    private static ulong SoftLimitOfAncestor(ulong hard)
    {
        bool anyHasOurHardLimit = false;
        for (int pid = ParentOf(Environment.ProcessId); pid > 0; pid = ParentOf(pid))
        {
            (ulong Soft, ulong Hard)? limits = ReadLimits(pid);
            if (limits is not { } found || found.Hard != hard)
            {
                break;
            }

            anyHasOurHardLimit = true;
            if (found.Soft < hard)
            {
                return found.Soft;
            }
        }

        return anyHasOurHardLimit ? hard : Math.Min(KernelDefault, hard);
    }

    /// <summary>The parent's pid from /proc/PID/stat; 0 when there is none or it cannot be read.</summary>
    private static int ParentOf(int pid)
    {
        // "pid (name) state ppid ...": the name may hold anything, so count from the last parenthesis.
        string[]? fields = KernelFile.ReadText($"/proc/{pid}/stat") is { } stat ? stat[(stat.LastIndexOf(')') + 1)..].Split(' ', 4) : null;
        return fields is { Length: > 2 } ? int.Parse(fields[2], CultureInfo.InvariantCulture) : 0;
    }

    private static (ulong Soft, ulong Hard)? ReadLimits(int pid)
    {
        // None when it has gone or is hidden (hidepid): then there is nothing to learn from it.
        foreach (string line in KernelFile.ReadLines($"/proc/{pid}/limits"))
        {
            if (line.StartsWith("Max open files", StringComparison.Ordinal))
            {
                string[] fields = line[14..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return (Parse(fields[0]), Parse(fields[1]));
            }
        }

        return null;
    }

    private static ulong Parse(string value) =>
        ulong.TryParse(value, CultureInfo.InvariantCulture, out ulong number) ? number : ResourceLimit.Unlimited;
}
