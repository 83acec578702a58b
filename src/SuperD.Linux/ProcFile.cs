using System.Text;

namespace SuperD.Linux;

/// <summary>Reads files of /proc about processes that may end at any moment, which then are simply not there.</summary>
/// <remarks>
/// Only files that wait for nothing a process controls: <c>stat</c>, <c>status</c> and <c>children</c> take spin locks, RCU and the list of
/// tasks. <c>environ</c>, <c>cmdline</c>, <c>maps</c> and <c>smaps</c> take the lock of its memory or read its pages, which a mapping of a
/// file system of its own (FUSE, userfaultfd) can delay without an end.
/// </remarks>
internal static class ProcFile
{
    private const int ChunkSize = 4096;

    /// <summary>The beginning of a file; empty when it cannot be read.</summary>
    public static ReadOnlySpan<char> Read(string path, Span<char> buffer)
    {
        using Fd? file = Open(path);
        Span<byte> bytes = stackalloc byte[ChunkSize];
        bytes = bytes[..Math.Min(bytes.Length, buffer.Length)];
        int length = Math.Max(0, file?.Read(bytes).Value ?? 0);
        return buffer[..Encoding.Latin1.GetChars(bytes[..length], buffer)];
    }

    /// <summary>Adds the numbers of a file that has nothing but numbers; none when there is no such file any more.</summary>
    public static void AddNumbers(string path, List<int> numbers)
    {
        using Fd? file = Open(path);
        if (file is not null)
        {
            AddNumbers(file, numbers);
        }
    }

    /// <summary>Adds the numbers of an open file, from its beginning.</summary>
    public static void AddNumbers(Fd file, List<int> numbers)
    {
        Span<byte> chunk = stackalloc byte[ChunkSize];
        int number = 0;
        int length;
        for (long offset = 0; (length = file.ReadAt(offset, chunk).Value) > 0; offset += length)
        {
            foreach (byte character in chunk[..length])
            {
                if (character is >= (byte)'0' and <= (byte)'9')
                {
                    number = (number * 10) + (character - '0');
                }
                else if (number != 0)
                {
                    numbers.Add(number);
                    number = 0;
                }
            }
        }

        if (number != 0)
        {
            numbers.Add(number);
        }
    }

    /// <summary>Null when it is not there, or there is no descriptor for it.</summary>
    public static Fd? Open(string path)
    {
        int fd = LibC.open(path, LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        return fd >= 0 ? new Fd(fd) : null;
    }
}
