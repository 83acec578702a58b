using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Maps a descriptor of superd to the handler that shares its open file: a client's socket, or a stderr pipe.</summary>
/// <remarks>Costs two writes per handler. The loop writes; <see cref="LoopRescue"/> reads on its own thread.</remarks>
internal sealed class SharedFiles
{
    private Handler?[] _handlers = new Handler?[256];

    /// <summary>Adds the descriptors of a new handler. Loop only.</summary>
    /// <param name="socket">May be closed.</param>
    public void Add(Handler handler, Fd socket, Fd? stderr)
    {
        handler.SharedNumbers = (socket.IsClosed ? -1 : socket.Value, stderr?.Value ?? -1);
        Set(handler.SharedNumbers.Socket, handler);
        Set(handler.SharedNumbers.Stderr, handler);
    }

    /// <summary>Removes a handler's entries, except a number that superd closed and that is another handler's by now. Loop only.</summary>
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

    /// <summary>Declares that calls on this descriptor now concern this handler's socket, or no handler's (null). Loop only.</summary>
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

    /// <summary>The handler that shares this descriptor's file; null if none does. Any thread.</summary>
    public Handler? Of(int number)
    {
        Handler?[] handlers = Volatile.Read(ref _handlers);
        return (uint)number < (uint)handlers.Length ? Volatile.Read(ref handlers[number]) : null;
    }
}
