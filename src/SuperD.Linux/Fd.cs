using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>An owned file descriptor: its owner closes it exactly once. superd creates every descriptor close-on-exec.</summary>
/// <remarks>Not thread-safe, and without a finalizer: ownership is transferred explicitly, and the tests detect leaks.</remarks>
public sealed class Fd(int value) : IDisposable
{
    private int _value = value;

    /// <summary>The number. Throws once closed, because the number may already belong to another file.</summary>
    public int Value => _value >= 0 ? _value : throw new ObjectDisposedException(nameof(Fd));

    /// <summary>Whether <see cref="Dispose"/> has closed it.</summary>
    public bool IsClosed => _value < 0;

    /// <summary>Called once, right after the close, so that an owner can count its open descriptors. May be null.</summary>
    public Action? Closed { get; set; }

    /// <summary>close(2), once. EINTR is not retried: Linux releases the descriptor whatever close returns.</summary>
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

    /// <summary>Duplicates the descriptor, close-on-exec.</summary>
    /// <returns>0, or EMFILE.</returns>
    public SysResult Duplicate(out Fd? duplicate)
    {
        int fd = LibC.fcntl(Value, LibC.F_DUPFD_CLOEXEC, 3);
        duplicate = fd >= 0 ? new Fd(fd) : null;
        return fd >= 0 ? SysResult.Ok() : SysResult.Error(Marshal.GetLastPInvokeError());
    }

    /// <summary>read(2), retried on EINTR. 0 means end of stream.</summary>
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

    /// <summary>pread(2): reads at an offset. Not for a pipe or a slow device, where a signal may interrupt it.</summary>
    public unsafe SysResult ReadAt(long offset, Span<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            nint count = LibC.pread(Value, pointer, (nuint)buffer.Length, (nint)offset);
            return count >= 0 ? SysResult.Ok((int)count) : SysResult.Error(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>write(2), retried on EINTR. May write fewer bytes than given.</summary>
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
