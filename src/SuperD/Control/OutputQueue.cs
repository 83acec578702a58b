using System.Diagnostics.CodeAnalysis;
using System.Text;
using SuperD.Linux;

namespace SuperD.Control;

/// <summary>What a console client is still to get: replies, and log lines up to a bound. Loop only.</summary>
/// <remarks>Log lines beyond the bound are only counted. Their number is sent in their place, after the lines that waited before.</remarks>
internal sealed class OutputQueue
{
    /// <summary>Most bytes that wait before log lines are dropped.</summary>
    public const int MaxBytes = 256 * 1024;

    private readonly Queue<byte[]> _lines = new();
    private int _bytes;
    private int _sentOfFirst;
    private long _dropped;

    /// <summary>Whether the client has got everything, except for the number of lines that were dropped.</summary>
    public bool IsEmpty => _lines.Count == 0;

    /// <summary>Queues a reply. It is never dropped, and need not be: a client has one at a time.</summary>
    public void Add(byte[] line)
    {
        _lines.Enqueue(line);
        _bytes += line.Length;
    }

    /// <summary>Queues a log line, or drops and counts it when too much waits already.</summary>
    public void AddOrDrop(byte[] line)
    {
        if (_bytes > MaxBytes || _dropped > 0)
        {
            _dropped++;
        }
        else
        {
            Add(line);
        }
    }

    /// <summary>Sends until nothing is left or the socket takes no more; that is EAGAIN.</summary>
    /// <param name="hasSent">Whether the socket has taken anything.</param>
    public SysResult Send(Fd socket, out bool hasSent)
    {
        hasSent = false;
        while (TryPeek(out byte[]? line))
        {
            SysResult result = StreamSocket.Send(socket, line.AsSpan(_sentOfFirst), more: false);
            if (result.IsError)
            {
                return result;
            }

            hasSent = true;
            _sentOfFirst += result.Value;
            if (_sentOfFirst == line.Length)
            {
                _lines.Dequeue();
                _bytes -= line.Length;
                _sentOfFirst = 0;
            }
        }

        return SysResult.Ok();
    }

    /// <summary>Everything that is still to be sent, for superd's next version.</summary>
    public byte[] Rest() => [.. _lines.SelectMany(line => line).Skip(_sentOfFirst), .. _dropped > 0 ? LossLine() : []];

    private bool TryPeek([NotNullWhen(true)] out byte[]? line)
    {
        if (IsEmpty && _dropped > 0)
        {
            Add(LossLine());
            _dropped = 0;
        }

        return _lines.TryPeek(out line);
    }

    private byte[] LossLine() => Encoding.UTF8.GetBytes($"{{\"dropped\":{_dropped}}}\n");
}
