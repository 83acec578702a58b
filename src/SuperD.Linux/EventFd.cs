using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>eventfd(2): a counter any thread adds to and an event loop waits for.</summary>
public sealed class EventFd : IDisposable
{
    private readonly Fd _fd;

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

    /// <summary>Adds to the counter. Any thread.</summary>
    public void Signal(int count = 1)
    {
        Span<byte> value = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(value, (ulong)count);
        _ = _fd.Write(value);
    }

    /// <summary>Takes all of the count; never blocks.</summary>
    public void Clear()
    {
        Span<byte> value = stackalloc byte[8];
        _ = _fd.Read(value);
    }

    public void Dispose() => _fd.Dispose();
}
