using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>eventfd(2): a counter any thread adds to and an event loop waits for.</summary>
public sealed class EventFd : IDisposable
{
    private readonly Fd _fd;

    // Held while the counter is added to and while it is closed: the number may be somebody else's right after.
    private readonly object _closing = new();

    private EventFd(Fd fd) => _fd = fd;

    /// <summary>The descriptor, to be watched for reading; still owned by this object.</summary>
    public Fd Fd => _fd;

    /// <summary>One whose count is 0.</summary>
    public static EventFd Create()
    {
        int fd = LibC.eventfd(0, LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK);
        return fd >= 0
            ? new EventFd(new Fd(fd))
            : throw new IOException($"eventfd: {Errno.Describe(Marshal.GetLastPInvokeError())}");
    }

    /// <summary>Adds to the counter. Any thread, at any time: when it was disposed, nothing happens, as nobody waits any more.</summary>
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

    /// <summary>Takes all of the count; never blocks.</summary>
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
