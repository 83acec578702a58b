using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>eventfd(2): a counter that any thread may add to and an event loop waits on.</summary>
public sealed class EventFd : IDisposable
{
    private readonly Fd _fd;

    // Guards against writing to a descriptor number that was closed and reused: held while adding and while closing.
    private readonly object _closing = new();

    private EventFd(Fd fd) => _fd = fd;

    /// <summary>The descriptor to watch for reading; this object keeps ownership.</summary>
    public Fd Fd => _fd;

    /// <summary>Creates a counter at 0.</summary>
    public static EventFd Create()
    {
        int fd = LibC.eventfd(0, LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK);
        return fd >= 0
            ? new EventFd(new Fd(fd))
            : throw new IOException($"eventfd: {Errno.Describe(Marshal.GetLastPInvokeError())}");
    }

    /// <summary>Adds to the counter. Any thread, any time: after Dispose it does nothing, because nothing waits any more.</summary>
    public void Signal(int count = 1)
    {
        Span<byte> value = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(value, (ulong)count);
        lock (_closing)
        {
            if (!_fd.IsClosed)
            {
                _ = _fd.Write(value);
            }
        }
    }

    /// <summary>Resets the counter to 0; never blocks.</summary>
    public void Clear()
    {
        Span<byte> value = stackalloc byte[8];
        _ = _fd.Read(value);
    }

    /// <summary>Closes it. Any thread.</summary>
    public void Dispose()
    {
        lock (_closing)
        {
            _fd.Dispose();
        }
    }
}
