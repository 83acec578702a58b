using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>A file descriptor that somebody owns: closed once, by whoever holds this. Born close-on-exec everywhere in superd.</summary>
/// <remarks>Not thread-safe and without a finalizer: ownership is handed over explicitly, and a leak is a bug the tests count.</remarks>
public sealed class Fd(int value) : IDisposable
{
    private int _value = value;

    /// <summary>The number. Throws when it was closed: using a number that may already be somebody else's is the worst of bugs.</summary>
    public int Value => _value >= 0 ? _value : throw new ObjectDisposedException(nameof(Fd));

    public bool IsClosed => _value < 0;

    /// <summary>Called once, right after the descriptor is closed: by it somebody counts the open ones. Null for nobody.</summary>
    public Action? Closed { get; set; }

    /// <summary>close(2), once. EINTR is not retried: on Linux the descriptor is gone whatever close returns.</summary>
    public void Dispose()
    {
        if (_value < 0)
        {
            return;
        }

        _ = LibC.close(_value);
        _value = -1;
        Closed?.Invoke();
    }

    /// <summary>Another descriptor for the same open file, close-on-exec.</summary>
    /// <returns>0, or EMFILE.</returns>
    public SysResult Duplicate(out Fd? duplicate)
    {
        int fd = LibC.fcntl(Value, LibC.F_DUPFD_CLOEXEC, 3);
        duplicate = fd >= 0 ? new Fd(fd) : null;
        return fd >= 0 ? SysResult.Ok() : SysResult.Error(Marshal.GetLastPInvokeError());
    }

    /// <summary>read(2), retried on EINTR. 0 is the end of the stream.</summary>
    public unsafe SysResult Read(Span<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            while (true)
            {
                nint count = LibC.read(Value, pointer, (nuint)buffer.Length);
                if (count >= 0)
                {
                    return SysResult.Ok((int)count);
                }

                int errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR)
                {
                    return SysResult.Error(errno);
                }
            }
        }
    }

    /// <summary>pread(2): a file from a place in it. Not of a pipe or a slow device: a signal may interrupt that.</summary>
    public unsafe SysResult ReadAt(long offset, Span<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            nint count = LibC.pread(Value, pointer, (nuint)buffer.Length, (nint)offset);
            return count >= 0 ? SysResult.Ok((int)count) : SysResult.Error(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>write(2), retried on EINTR. May write less than asked.</summary>
    public unsafe SysResult Write(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            while (true)
            {
                nint count = LibC.write(Value, pointer, (nuint)buffer.Length);
                if (count >= 0)
                {
                    return SysResult.Ok((int)count);
                }

                int errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR)
                {
                    return SysResult.Error(errno);
                }
            }
        }
    }
}
