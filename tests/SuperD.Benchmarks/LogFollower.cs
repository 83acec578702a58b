using System.Text;

namespace SuperD.Benchmarks;

/// <summary>Reads a server's log as it grows: what was read is not read again.</summary>
internal sealed class LogFollower(string path) : IDisposable
{
    private readonly FileStream _file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly StringBuilder _unfinished = new();

    /// <summary>The lines written since the last call; one that is not finished yet comes with a later call.</summary>
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

    public void Dispose() => _file.Dispose();
}
