namespace SuperD.Linux;

/// <summary>What tells whether a file is still the one it was: two stamps of an unchanged file are equal. The default value stands for no file.</summary>
public readonly record struct FileStamp(ulong Inode, long ModifiedSeconds, uint ModifiedNanoseconds, ulong Size)
{
    /// <summary>The stamp of the file a path leads to, links followed: one system call.</summary>
    public static unsafe FileStamp Of(string path)
    {
        LibC.statx_t stat;
        return LibC.statx(LibC.AT_FDCWD, path, 0, LibC.STATX_INO | LibC.STATX_MTIME | LibC.STATX_SIZE, &stat) == 0
            ? new FileStamp(stat.stx_ino, stat.stx_mtime_sec, stat.stx_mtime_nsec, stat.stx_size)
            : default;
    }
}
