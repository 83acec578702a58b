using System.Globalization;

namespace SuperD.Linux;

/// <summary>What the kernel has counted of a group since it was made.</summary>
/// <param name="MemoryKills">Processes killed because a memory limit was reached, or the machine had no more.</param>
/// <param name="RefusedForks">Processes that could not be created because a limit of processes was reached.</param>
public readonly record struct CgroupEvents(long MemoryKills, long RefusedForks)
{
    /// <summary>What has happened since an earlier reading.</summary>
    public CgroupEvents Since(CgroupEvents before) => new(MemoryKills - before.MemoryKills, RefusedForks - before.RefusedForks);

    /// <summary>The number after a name in a file of lines such as <c>oom_kill 2</c>; 0 when it is not there.</summary>
    internal static long Find(string[] lines, string name)
    {
        foreach (string line in lines)
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] == ' ')
            {
                ReadOnlySpan<char> number = line.AsSpan(name.Length + 1);
                return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long count) ? count : 0;
            }
        }

        return 0;
    }
}
