using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>A regular file held open, which can later check that its path still leads to it and that it is unchanged.</summary>
/// <remarks>
/// While it is held, the kernel cannot reuse its inode number for another file. The check also compares ctime, which no system call
/// sets back.
/// </remarks>
public sealed class HeldFile : IDisposable
{
    private const ushort TypeMask = 0xF000;
    private const ushort RegularType = 0x8000;

    private readonly State _state;

    private HeldFile(string path, Fd descriptor, State state)
    {
        Path = path;
        Descriptor = descriptor;
        _state = state;
    }

    /// <summary>The path it was opened by; symbolic links are followed.</summary>
    public string Path { get; }

    /// <summary>An O_PATH descriptor for execveat(2) and fstat(2), not for reading: an executable program need not be readable.</summary>
    public Fd Descriptor { get; }

    /// <summary>Whether the path still leads to this file and its content, mode and owner are unchanged.</summary>
    public bool IsUnchanged => State.TryRead(LibC.AT_FDCWD, Path, 0, out State now) == 0 && now == _state;

    /// <summary>Opens the file a path leads to. A FIFO cannot block and a device cannot react.</summary>
    /// <returns>0; an errno of open(2); or EACCES, like execve(2), when it is not a regular file.</returns>
    public static SysResult Open(string path, out HeldFile? file)
    {
        file = null;
        int fd = LibC.open(path, LibC.O_PATH | LibC.O_CLOEXEC, 0);
        if (fd < 0)
        {
            return SysResult.Error(Marshal.GetLastPInvokeError());
        }

        var descriptor = new Fd(fd);
        int errno = State.TryRead(fd, string.Empty, LibC.AT_EMPTY_PATH, out State state);
        if (errno == 0 && (state.Mode & TypeMask) != RegularType)
        {
            errno = Errno.EACCES;
        }

        if (errno != 0)
        {
            descriptor.Dispose();
            return SysResult.Error(errno);
        }

        file = new HeldFile(path, descriptor, state);
        return SysResult.Ok();
    }

    /// <summary>Whether it is an ELF binary; a script needs an interpreter, which opens the script by its path.</summary>
    /// <remarks>Also true when the file is not readable: an interpreter could not read it either.</remarks>
    public bool IsBinary()
    {
        int fd = LibC.open($"/proc/self/fd/{Descriptor.Value}", LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_CLOEXEC, 0);
        if (fd < 0)
        {
            return true;
        }

        using var content = new Fd(fd);
        Span<byte> start = stackalloc byte[4];
        return content.ReadAt(0, start) is { IsError: false, Value: 4 } && start.SequenceEqual("\u007fELF"u8);
    }

    public void Dispose() => Descriptor.Dispose();

    /// <summary>The fields that differ if the file was replaced or changed.</summary>
    private readonly record struct State(
        ulong Device,
        ulong Inode,
        ushort Mode,
        ulong Size,
        long ModifiedSeconds,
        uint ModifiedNanoseconds,
        long ChangedSeconds,
        uint ChangedNanoseconds)
    {
        /// <summary>Reads the state; 0, or the errno of statx(2).</summary>
        public static unsafe int TryRead(int directory, string path, int flags, out State state)
        {
            const uint Wanted = LibC.STATX_TYPE | LibC.STATX_MODE | LibC.STATX_INO | LibC.STATX_SIZE
                | LibC.STATX_MTIME | LibC.STATX_CTIME;
            LibC.statx_t stat;
            if (LibC.statx(directory, path, flags, Wanted, &stat) != 0)
            {
                state = default;
                return Marshal.GetLastPInvokeError();
            }

            state = new State(
                ((ulong)stat.stx_dev_major << 32) | stat.stx_dev_minor, stat.stx_ino, stat.stx_mode, stat.stx_size,
                stat.stx_mtime_sec, stat.stx_mtime_nsec, stat.stx_ctime_sec, stat.stx_ctime_nsec);
            return 0;
        }
    }
}
