using System.Text;

namespace SuperD.Linux;

/// <summary>Files of /proc and of the cgroup tree, by paths that superd composes. Any thread.</summary>
/// <remarks>Nobody can put anything else there, so they are opened without the steps of <see cref="SmallFile"/>, which cost system calls.</remarks>
public static class KernelFile
{
    /// <summary>A table of 400,000 sockets; beyond it nothing is known.</summary>
    private const int Largest = 64 * 1024 * 1024;

    /// <summary>What is in it; null when it cannot be read: there is no /proc, the process has gone, or it is hidden.</summary>
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

    /// <summary>Its text; null as for <see cref="ReadBytes"/>. What is not UTF-8, a process's name for instance, has U+FFFD in its place.</summary>
    public static string? ReadText(string path) => ReadBytes(path) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>Its lines; none when it cannot be read.</summary>
    public static string[] ReadLines(string path) => ReadText(path) is { Length: > 0 } text ? text.TrimEnd('\n').Split('\n') : [];
}
