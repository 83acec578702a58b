using System.Text;

namespace SuperD.Tests.Support.Machines;

/// <summary>An archive of files as the kernel unpacks it into its first file system: cpio, format newc, not compressed.</summary>
internal sealed class CpioArchive
{
    private const int Directory = 0x4000, Regular = 0x8000, Link = 0xA000;

    private readonly MemoryStream _archive = new();
    private readonly HashSet<string> _directories = [""];
    private int _inode;

    /// <summary>Adds a file that everybody may read and execute, with the directories it needs.</summary>
    /// <param name="path">Without a slash at its start.</param>
    public void AddFile(string path, byte[] content)
    {
        AddDirectory(Path.GetDirectoryName(path)!); // a path of a file has one
        Add(path, Regular | 0b111_101_101, content);
    }

    public void AddFile(string path, string content) => AddFile(path, Encoding.UTF8.GetBytes(content));

    public void AddLink(string path, string target)
    {
        AddDirectory(Path.GetDirectoryName(path)!); // a path of a file has one
        Add(path, Link | 0b111_111_111, Encoding.UTF8.GetBytes(target));
    }

    public void AddDirectory(string path)
    {
        if (_directories.Add(path))
        {
            AddDirectory(Path.GetDirectoryName(path)!); // ends at the empty path
            Add(path, Directory | 0b111_101_101, []);
        }
    }

    /// <summary>The archive, complete.</summary>
    public byte[] ToBytes()
    {
        Add("TRAILER!!!", 0, []);
        return _archive.ToArray();
    }

    private void Add(string path, int mode, byte[] content)
    {
        const int Links = 1;
        int[] fields = [++_inode, mode, 0, 0, Links, 0, content.Length, 0, 0, 0, 0, path.Length + 1, 0];
        Write(Encoding.ASCII.GetBytes($"070701{string.Concat(fields.Select(field => $"{field:X8}"))}{path}\0"));
        Write(content);
    }

    /// <summary>Each part begins at a multiple of four.</summary>
    private void Write(byte[] part)
    {
        _archive.Write(part);
        while (_archive.Length % 4 != 0)
        {
            _archive.WriteByte(0);
        }
    }
}
