namespace SuperD.Linux;

/// <summary>Identifies a file: two identities are equal only for the same file. The default value means no file.</summary>
/// <remarks>The kernel reuses an inode number once its file is gone, so an identity is valid only while the file is held open.</remarks>
public readonly record struct FileIdentity(ulong Device, ulong Inode)
{
    /// <summary>The identity of the path itself; does not follow a symbolic link. One system call.</summary>
    public static FileIdentity Of(string path) => Of(path, LibC.AT_SYMLINK_NOFOLLOW);

    /// <summary>The identity of the path's target; follows symbolic links.</summary>
    public static FileIdentity OfTarget(string path) => Of(path, flags: 0);

    /// <summary>The identity of an open file.</summary>
    public static FileIdentity Of(Fd file) => Of(file.Value, string.Empty, LibC.AT_EMPTY_PATH);

    private static FileIdentity Of(string path, int flags) => Of(LibC.AT_FDCWD, path, flags);

    private static unsafe FileIdentity Of(int directory, string path, int flags)
    {
        LibC.statx_t stat;
        return LibC.statx(directory, path, flags, LibC.STATX_INO, &stat) == 0
            ? new FileIdentity(((ulong)stat.stx_dev_major << 32) | stat.stx_dev_minor, stat.stx_ino)
            : default;
    }
}
