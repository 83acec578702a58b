using System.Globalization;

namespace SuperD.Linux;

/// <summary>How soon the kernel ends a process when memory runs out: -1000 (never) to 1000, see proc_pid_oom_score_adj(5).</summary>
public static class OomScore
{
    /// <summary>Where a process reads and writes its own.</summary>
    internal const string OwnFile = "/proc/self/oom_score_adj";

    /// <summary>Adjusted so that it is never ended.</summary>
    public const int Lowest = -1000;

    /// <summary>Adjusted so that it is ended first.</summary>
    public const int Highest = 1000;

    /// <summary>This process's own adjustment; null where it may not be changed, or /proc is missing.</summary>
    public static int? ReadOwn()
    {
        int fd = LibC.open(OwnFile, LibC.O_RDWR | LibC.O_CLOEXEC, 0);
        if (fd < 0)
        {
            return null;
        }

        using var file = new Fd(fd);
        Span<byte> text = stackalloc byte[16];
        SysResult read = file.ReadAt(0, text);
        return !read.IsError && int.TryParse(text[..read.Value].TrimEnd((byte)'\n'), CultureInfo.InvariantCulture, out int adjustment) ? adjustment : null;
    }
}
