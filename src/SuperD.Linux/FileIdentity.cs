namespace SuperD.Linux;

/// <summary>Which file a directory entry is: two identities are equal only for one and the same file. The default value stands for none.</summary>
/// <remarks>An inode's number is used again once its file is gone; so an identity means something only while somebody holds the file open.</remarks>
public readonly record struct FileIdentity(ulong Device, ulong Inode)
{
    /// <summary>The identity of what a path names, a link not followed: one system call.</summary>
    public static FileIdentity Of(string path) => Of(path, LibC.AT_SYMLINK_NOFOLLOW);

    /// <summary>The identity of what a path leads to, by whatever links.</summary>
    public static FileIdentity OfTarget(string path) => Of(path, flags: 0);

    private static unsafe FileIdentity Of(string path, int flags)
    {
        LibC.statx_t stat;
        return LibC.statx(LibC.AT_FDCWD, path, flags, LibC.STATX_INO, &stat) == 0
            ? new FileIdentity(((ulong)stat.stx_dev_major << 32) | stat.stx_dev_minor, stat.stx_ino)
            : default;
    }
}
