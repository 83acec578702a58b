namespace SuperD.Linux;

/// <summary>What tells whether a file is still the one it was: two stamps of an unchanged file are equal. The default value stands for no file.</summary>
/// <remarks>Of the two times it has that of the inode's last change: nobody can set it back, and a change of owner or mode moves it too.</remarks>
public readonly record struct FileStamp(ulong Inode, long ChangedSeconds, uint ChangedNanoseconds, ulong Size)
{
    internal const uint Wanted = LibC.STATX_INO | LibC.STATX_CTIME | LibC.STATX_SIZE;

    /// <summary>The stamp of the file a path leads to, links followed: one system call.</summary>
    public static unsafe FileStamp Of(string path)
    {
        LibC.statx_t stat;
        return LibC.statx(LibC.AT_FDCWD, path, 0, Wanted, &stat) == 0 ? Of(in stat) : default;
    }

    internal static FileStamp Of(in LibC.statx_t stat) => new(stat.stx_ino, stat.stx_ctime_sec, stat.stx_ctime_nsec, stat.stx_size);
}
