using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>The events a descriptor is watched for, and those it is ready for: the EPOLL bits of epoll_ctl(2).</summary>
[Flags]
public enum EpollEvents : uint
{
    /// <summary>No event.</summary>
    None = 0,

    /// <summary>EPOLLIN: readable, a connection to accept, or a pidfd whose process has exited.</summary>
    Readable = 0x001,

    /// <summary>EPOLLOUT.</summary>
    Writable = 0x004,

    /// <summary>EPOLLERR; reported even when not asked for.</summary>
    Error = 0x008,

    /// <summary>EPOLLHUP: both directions are closed; reported even when not asked for.</summary>
    HangUp = 0x010,

    /// <summary>EPOLLRDHUP: the peer will send no more; what it sent may still be unread.</summary>
    ReadHangUp = 0x2000,

    /// <summary>EPOLLET: reported once per arrival instead of for as long as the condition holds.</summary>
    EdgeTriggered = 1u << 31,
}

/// <summary>epoll(7): waits for many descriptors at once, level-triggered.</summary>
/// <remarks>
/// Remove a descriptor before it is closed. Another process, such as a child that has not yet reached execve, may keep the same open
/// file a moment longer, and the kernel would go on reporting it under a number that may already belong to another file.
/// </remarks>
public sealed unsafe class Epoll : IDisposable
{
    /// <summary>The size of struct epoll_event, which is packed only on x86-64.</summary>
    internal static ByProcessor EventSize => new(12, 16, Other: 16);

    /// <summary>The offset of the token, the last member of struct epoll_event.</summary>
    internal static ByProcessor TokenOffset => new(4, 8, Other: 8);

    private readonly Fd _fd;
    private readonly int _capacity;
    private readonly byte* _events;

    /// <summary>Creates the epoll instance.</summary>
    /// <param name="capacity">The most events one <see cref="Wait"/> returns.</param>
    public Epoll(int capacity)
    {
        int fd = LibC.epoll_create1(LibC.EPOLL_CLOEXEC);
        if (fd < 0)
        {
            throw new IOException($"epoll_create1: {Errno.Describe(Marshal.GetLastPInvokeError())}");
        }

        _fd = new Fd(fd);
        _capacity = capacity;
        _events = (byte*)NativeMemory.AllocZeroed((nuint)(capacity * EventSize));
    }

    /// <summary>Starts watching a descriptor; each of its events carries <paramref name="token"/>.</summary>
    /// <returns>0, or ENOMEM, ENOSPC.</returns>
    public SysResult Add(Fd fd, EpollEvents events, ulong token) => Control(LibC.EPOLL_CTL_ADD, fd, events, token);

    /// <summary>Changes the events of a watched descriptor.</summary>
    public SysResult Modify(Fd fd, EpollEvents events, ulong token) => Control(LibC.EPOLL_CTL_MOD, fd, events, token);

    /// <summary>Stops watching a descriptor; call it before the descriptor is closed.</summary>
    public SysResult Remove(Fd fd) => Control(LibC.EPOLL_CTL_DEL, fd, EpollEvents.None, 0);

    /// <summary>epoll_wait(2). Returns the number of events; read them with <see cref="Event"/> before the next call.</summary>
    /// <param name="timeoutMs">-1 waits indefinitely. A signal ends the wait early with 0 events.</param>
    public int Wait(int timeoutMs)
    {
        int count = LibC.epoll_wait(_fd.Value, _events, _capacity, timeoutMs);
        if (count >= 0)
        {
            return count;
        }

        int errno = Marshal.GetLastPInvokeError();
        return errno == Errno.EINTR ? 0 : throw new IOException($"epoll_wait: {Errno.Describe(errno)}");
    }

    /// <summary>One event from the last <see cref="Wait"/>.</summary>
    public (ulong Token, EpollEvents Events) Event(int index)
    {
        byte* entry = _events + (index * EventSize);
        return (Unsafe.ReadUnaligned<ulong>(entry + TokenOffset), (EpollEvents)Unsafe.ReadUnaligned<uint>(entry));
    }

    public void Dispose()
    {
        if (_fd.IsClosed)
        {
            return;
        }

        _fd.Dispose();
        NativeMemory.Free(_events);
    }

    private SysResult Control(int operation, Fd fd, EpollEvents events, ulong token)
    {
        byte* entry = stackalloc byte[16];
        Unsafe.WriteUnaligned(entry, (uint)events);
        Unsafe.WriteUnaligned(entry + TokenOffset, token);
        return LibC.epoll_ctl(_fd.Value, operation, fd.Value, entry) == 0
            ? SysResult.Ok()
            : SysResult.Error(Marshal.GetLastPInvokeError());
    }
}
