using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Which handler has the open file behind a descriptor of superd's too: its client's socket, or the pipe of its stderr.</summary>
/// <remarks>Two writes for each handler. The loop writes; <see cref="LoopRescue"/> reads on its own thread.</remarks>
internal sealed class SharedFiles
{
    private Handler?[] _handlers = new Handler?[256];

    /// <summary>A handler is there. Loop only, as are the next two.</summary>
    /// <param name="socket">May be closed.</param>
    public void Add(Handler handler, Fd socket, Fd? stderr)
    {
        handler.SharedNumbers = (socket.IsClosed ? -1 : socket.Value, stderr?.Value ?? -1);
        Set(handler.SharedNumbers.Socket, handler);
        Set(handler.SharedNumbers.Stderr, handler);
    }

    /// <summary>A handler is gone. Where superd has closed a descriptor before, its number may be another handler's by now.</summary>
    public void Remove(Handler handler)
    {
        foreach (int number in (ReadOnlySpan<int>)[handler.SharedNumbers.Socket, handler.SharedNumbers.Stderr])
        {
            if (Of(number) == handler)
            {
                Set(number, null);
            }
        }
    }

    /// <summary>What superd does by this descriptor now concerns this handler's socket; null for none's.</summary>
    public void Set(int number, Handler? handler)
    {
        if (number >= _handlers.Length)
        {
            var larger = new Handler?[Math.Max(number + 1, _handlers.Length * 2)];
            _handlers.CopyTo(larger, 0);
            Volatile.Write(ref _handlers, larger);
        }

        if (number >= 0)
        {
            Volatile.Write(ref _handlers[number], handler);
        }
    }

    /// <summary>Null for no handler. Any thread.</summary>
    public Handler? Of(int number)
    {
        Handler?[] handlers = Volatile.Read(ref _handlers);
        return (uint)number < (uint)handlers.Length ? Volatile.Read(ref handlers[number]) : null;
    }
}
