using System.Text;

namespace SuperD.Linux;

/// <summary>Reads /proc files of processes that may exit at any moment; their files then read as empty.</summary>
/// <remarks>
/// Use it only for files that never wait for anything a process controls: <c>stat</c>, <c>status</c> and <c>children</c> take spin
/// locks, RCU and the task list. <c>environ</c>, <c>cmdline</c>, <c>maps</c> and <c>smaps</c> take the process's memory lock or read
/// its pages, which a mapping of its own file system (FUSE, userfaultfd) can delay without limit.
/// </remarks>
internal static class ProcFile
{
    private const int ChunkSize = 4096;

    /// <summary>Reads the start of a file; empty when it cannot be read.</summary>
    public static ReadOnlySpan<char> Read(string path, Span<char> buffer)
    {
        using Fd? file = Open(path);
        Span<byte> bytes = stackalloc byte[ChunkSize];
        bytes = bytes[..Math.Min(bytes.Length, buffer.Length)];
        int length = Math.Max(0, file?.Read(bytes).Value ?? 0);
        return buffer[..Encoding.Latin1.GetChars(bytes[..length], buffer)];
    }

    /// <summary>Adds the numbers in a file that contains only numbers; none when the file is gone.</summary>
    public static void AddNumbers(string path, List<int> numbers)
    {
        using Fd? file = Open(path);
        if (file is not null)
        {
            var reader = new NumberReader(file);
            while (reader.AddNext(numbers))
            {
            }
        }
    }

    /// <summary>Opens a file; null when it does not exist or no descriptor is free.</summary>
    public static Fd? Open(string path)
    {
        int fd = LibC.open(path, LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        return fd >= 0 ? new Fd(fd) : null;
    }
}
