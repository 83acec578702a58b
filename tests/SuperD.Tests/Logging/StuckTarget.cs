using System.Buffers;
using System.Text;
using SuperD.Logging;

namespace SuperD.Tests.Logging;

/// <summary>A log target that blocks every write until the test releases it.</summary>
internal sealed class StuckTarget : ILogTarget
{
    private readonly ManualResetEventSlim _mayWrite = new();
    private readonly List<string> _written = [];

    public string Name => "stuck";

    public List<string> Written
    {
        get
        {
            lock (_written)
            {
                return [.. _written];
            }
        }
    }

    public void Release() => _mayWrite.Set();

    public bool IsStream => false;

    public void Format(in LogEvent entry, IBufferWriter<byte> record) =>
        Encoding.UTF8.GetBytes(entry.Text, record);

    public string? TryWrite(ReadOnlySpan<byte> record, out int written)
    {
        written = record.Length;
        _mayWrite.Wait();
        lock (_written)
        {
            _written.Add(Encoding.UTF8.GetString(record));
        }

        return null;
    }

    public void Reopen()
    {
    }

    public void Dispose()
    {
        // The writer thread may still wait on the event, so it is left to the garbage collector.
    }
}
