using System.Text;

namespace SuperD.Linux;

/// <summary>Reads files of /proc and the cgroup tree by paths that superd composes. Any thread.</summary>
/// <remarks>No user can put another file there, so it skips the checks of <see cref="SmallFile"/>, which cost system calls.</remarks>
public static class KernelFile
{
    /// <summary>In bytes: a table of 400,000 sockets. A larger file reads as null.</summary>
    private const int Largest = 64 * 1024 * 1024;

    /// <summary>The content; null when it cannot be read: no /proc, the process is gone, or it is hidden.</summary>
    public static byte[]? ReadBytes(string path)
    {
        int fd = LibC.open(path, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY | LibC.O_CLOEXEC, 0);
        if (fd < 0)
        {
            return null;
        }

        using var file = new Fd(fd);
        return SmallFile.Drain(file, Largest);
    }

    /// <summary>The text; null as for <see cref="ReadBytes"/>. A byte that is not UTF-8 (in a process name, say) becomes U+FFFD.</summary>
    public static string? ReadText(string path) => ReadBytes(path) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>The lines; empty when this kernel has no such file, or hides it from superd's user.</summary>
    /// <exception cref="IOException">It cannot be read at this moment; the message has the reason and the path.</exception>
    public static string[] ReadLinesOrFail(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception none) when (none is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The lines; empty when the file cannot be read.</summary>
    public static string[] ReadLines(string path) => ReadText(path) is { Length: > 0 } text ? text.TrimEnd('\n').Split('\n') : [];
}
