using System.Buffers;
using SuperD.Linux;

namespace SuperD.Logging;

/// <summary>
/// A log file: the same lines as on standard error, appended. Opened at the first line, and again after <see cref="Reopen"/>.
/// </summary>
internal sealed class FileTarget(string path, LineFormatter formatter) : ILogTarget
{
    private Fd? _file;

    public string Name => path;

    public bool IsStream => true;

    public void Format(in LogEvent entry, IBufferWriter<byte> record) => formatter.Write(entry, record);

    public string? TryWrite(ReadOnlySpan<byte> records, out int written)
    {
        written = 0;
        SysResult result = _file is null ? AppendFile.Open(path, out _file) : SysResult.Ok();
        while (_file is not null && written < records.Length)
        {
            result = _file.Write(records[written..]);
            if (result.IsError)
            {
                // Closed, so that the next write opens the path again: the disk may be full or gone only for now.
                Reopen();
                break;
            }

            written += result.Value;
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
