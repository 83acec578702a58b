using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SuperD.Linux;

namespace SuperD.Logging;

/// <summary>A log file: the lines of standard error, appended. Opened at the first line, and again after <see cref="Reopen"/>.</summary>
internal sealed class FileTarget(string path, LineFormatter formatter) : ILogTarget
{
    private Fd? _file;

    public string Name => path;

    public byte[] Format<TState>(in LogEntry<TState> entry) => Encoding.UTF8.GetBytes(formatter.Line(entry) + "\n");

    public string? TryWrite(ReadOnlySpan<byte> record)
    {
        SysResult result = _file is null ? AppendFile.Open(path, out _file) : SysResult.Ok();
        while (_file is not null && record.Length > 0)
        {
            result = _file.Write(record);
            if (result.IsError)
            {
                // Closed, so that a disk that is full or gone is asked anew, by the path.
                Reopen();
                break;
            }

            record = record[result.Value..];
        }

        return result.IsError ? Errno.Describe(result.Errno) : null;
    }

    public void Reopen()
    {
        _file?.Dispose();
        _file = null;
    }

    public void Dispose() => Reopen();
}
