using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>A file without a name that lives as long as somebody has it open; see memfd_create(2).</summary>
public static class MemoryFile
{
    private const int Largest = 1024 * 1024 * 1024;

    /// <summary>Makes one that holds these bytes.</summary>
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

    /// <summary>Takes over a file that <see cref="Create"/> made in an earlier image of this process: its bytes; the descriptor is closed.</summary>
    /// <returns>Null when the number stands for no such file; then nothing has happened to it.</returns>
    public static byte[]? Take(string name, int number)
    {
        string path = $"/proc/self/fd/{number}";
        if (number <= 2 || new FileInfo(path).LinkTarget?.StartsWith($"/memfd:{name}", StringComparison.Ordinal) != true)
        {
            return null;
        }

        // By its path, so from the beginning: the descriptor itself stands at the end of what was written.
        SmallFile content = SmallFile.Read(path, Largest);
        _ = LibC.close(number);
        return content.Bytes;
    }
}
