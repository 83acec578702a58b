namespace SuperD.Linux;

/// <summary>Detects that a file changed: two stamps of an unchanged file are equal. The default value means no file.</summary>
/// <remarks>It uses ctime, not mtime: no system call sets it back, and a change of owner or mode moves it too.</remarks>
public readonly record struct FileStamp(ulong Inode, long ChangedSeconds, uint ChangedNanoseconds, ulong Size)
{
    /// <summary>The statx(2) fields a stamp is made of.</summary>
    internal const uint Wanted = LibC.STATX_INO | LibC.STATX_CTIME | LibC.STATX_SIZE;

    /// <summary>The stamp of a path's target; follows symbolic links. One system call.</summary>
    public static unsafe FileStamp Of(string path)
    {
        LibC.statx_t stat;
        return LibC.statx(LibC.AT_FDCWD, path, 0, Wanted, &stat) == 0 ? Of(in stat) : default;
    }

    /// <summary>The stamp in the result of a statx(2) call that asked for <see cref="Wanted"/>.</summary>
    internal static FileStamp Of(in LibC.statx_t stat) => new(stat.stx_ino, stat.stx_ctime_sec, stat.stx_ctime_nsec, stat.stx_size);
}
