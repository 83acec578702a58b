using System.Globalization;

namespace SuperD.Linux;

/// <summary>The OOM killer's adjustment for a process: -1000 (never killed) to 1000; see proc_pid_oom_score_adj(5).</summary>
public static class OomScore
{
    /// <summary>The file with which a process reads and writes its own adjustment.</summary>
    internal const string OwnFile = "/proc/self/oom_score_adj";

    /// <summary>The process is never killed.</summary>
    public const int Lowest = -1000;

    /// <summary>The process is killed first.</summary>
    public const int Highest = 1000;

    /// <summary>This process's own adjustment; null when it may not change it or /proc is missing.</summary>
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
        return !read.IsError
            && int.TryParse(text[..read.Value].TrimEnd((byte)'\n'), CultureInfo.InvariantCulture, out int adjustment)
            ? adjustment
            : null;
    }
}
