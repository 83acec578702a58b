using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>An anonymous file that exists for as long as a process has it open; see memfd_create(2).</summary>
public static class MemoryFile
{
    private const int Largest = 1024 * 1024 * 1024;

    /// <summary>Creates a file with this content.</summary>
    /// <returns>0, or EMFILE, ENFILE, ENOMEM, ENOSPC.</returns>
    public static SysResult Create(string name, ReadOnlySpan<byte> content, out Fd? file)
    {
        file = null;
        int fd = LibC.memfd_create(name, LibC.MFD_CLOEXEC);
        if (fd < 0)
        {
            return SysResult.Error(Marshal.GetLastPInvokeError());
        }

        var created = new Fd(fd);
        while (content.Length > 0)
        {
            SysResult written = created.Write(content);
            if (written.IsError)
            {
                created.Dispose();
                return written;
            }

            content = content[written.Value..];
        }

        file = created;
        return SysResult.Ok();
    }

    /// <summary>Reads a file that <see cref="Create"/> made in an earlier image of this process, and closes the descriptor.</summary>
    /// <returns>Null when the descriptor is not such a file; it is then left alone.</returns>
    public static byte[]? Take(string name, int number)
    {
        string path = $"/proc/self/fd/{number}";
        if (number <= 2 || new FileInfo(path).LinkTarget?.StartsWith($"/memfd:{name}", StringComparison.Ordinal) != true)
        {
            return null;
        }

        // Open it again by path to read from the start: the descriptor's offset is at the end of what was written.
        SmallFile content = SmallFile.Read(path, Largest);
        _ = LibC.close(number);
        return content.Bytes;
    }
}
