using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SuperD.Benchmarks;

/// <summary>Reads a server's log as it grows, each line once.</summary>
internal sealed partial class LogFollower(string path) : IDisposable
{
    private readonly FileStream _file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly StringBuilder _unfinished = new();

    /// <summary>The lines written since the last call; an unfinished line is returned by a later call.</summary>
    public List<string> ReadNew()
    {
        var lines = new List<string>();
        for (int count = _file.Read(_buffer); count > 0; count = _file.Read(_buffer))
        {
            string[] parts = (_unfinished + Encoding.UTF8.GetString(_buffer, 0, count)).Split('\n');
            lines.AddRange(parts[..^1]);
            _unfinished.Clear().Append(parts[^1]);
        }

        return lines;
    }

    /// <summary>Frees the space of everything already read: fallocate(2). An hour's log would fill the memory.</summary>
    public void Forget()
    {
        const int keepSize = 1, punchHole = 2;
        _ = Allocate(_file.SafeFileHandle, keepSize | punchHole, 0, _file.Position);
    }

    public void Dispose() => _file.Dispose();

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Allocate(SafeFileHandle file, int mode, long offset, long length);
}
