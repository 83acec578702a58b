using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>eventfd(2): a counter one thread adds to and another waits for.</summary>
public sealed class EventFd : IDisposable
{
    private readonly Fd _fd;

    private EventFd(Fd fd) => _fd = fd;

    /// <summary>The descriptor, to be watched for reading; still owned by this object.</summary>
    public Fd Fd => _fd;

    /// <summary>For an event loop: reading never blocks and takes the whole count.</summary>
    public static EventFd CreateNonBlocking() => Create(LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK);

    /// <summary>For worker threads: <see cref="Wait"/> blocks until there is a count, and takes one of it.</summary>
    public static EventFd CreateSemaphore() => Create(LibC.EFD_CLOEXEC | LibC.EFD_SEMAPHORE);

    /// <summary>Adds to the counter. Any thread.</summary>
    public void Signal(int count = 1)
    {
        Span<byte> value = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(value, (ulong)count);
        _ = _fd.Write(value);
    }

    /// <summary>Takes from the counter: all of it, or one of a semaphore. A non-blocking one that is 0 stays so.</summary>
    public void Wait()
    {
        Span<byte> value = stackalloc byte[8];
        _ = _fd.Read(value);
    }

    public void Dispose() => _fd.Dispose();

    private static EventFd Create(int flags)
    {
        int fd = LibC.eventfd(0, flags);
        return fd >= 0
            ? new EventFd(new Fd(fd))
            : throw new IOException($"eventfd: {Errno.Describe(Marshal.GetLastPInvokeError())}");
    }
}
