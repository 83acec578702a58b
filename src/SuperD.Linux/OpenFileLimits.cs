using System.Globalization;
using System.Runtime.CompilerServices;

namespace SuperD.Linux;

/// <summary>Raises the NOFILE limit to the hard limit for superd itself and finds the original soft limit for handlers.</summary>
/// <remarks>
/// A native build sees the limit it was started with. The JIT runtime raises the soft limit before any managed code runs, so the
/// original is lost. We then take it from the nearest ancestor with the same hard limit and a lower soft one, usually a shell. If no
/// ancestor has our hard limit, as under a service manager, we use Linux's own default of 1024.
/// </remarks>
internal static unsafe class OpenFileLimits
{
    private const ulong KernelDefault = 1024;

    /// <summary>Raises the soft limit to the hard one; returns the soft limit for handlers and the hard one.</summary>
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
        // "pid (name) state ppid ...": the name may contain anything, so count from the last parenthesis.
        string? stat = KernelFile.ReadText($"/proc/{pid}/stat");
        string[]? fields = stat?[(stat.LastIndexOf(')') + 1)..].Split(' ', 4);
        return fields is { Length: > 2 } ? int.Parse(fields[2], CultureInfo.InvariantCulture) : 0;
    }

    private static (ulong Soft, ulong Hard)? ReadLimits(int pid)
    {
        // No lines when the process is gone or hidden (hidepid).
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
