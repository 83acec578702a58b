namespace SuperD.Linux;

/// <summary>Identifies the open file behind a descriptor the way other programs do.</summary>
public static class DescriptorIdentity
{
    /// <summary><c>DEVICE:INODE</c> in decimal, as systemd writes it to JOURNAL_STREAM; null when the descriptor is not open.</summary>
    public static unsafe string? Of(int descriptor)
    {
        LibC.statx_t stat;
        if (LibC.statx(LibC.AT_FDCWD, $"/proc/self/fd/{descriptor}", 0, LibC.STATX_INO, &stat) != 0)
        {
            return null;
        }

        // makedev(3) of glibc: st_dev as one number.
        ulong major = stat.stx_dev_major;
        ulong minor = stat.stx_dev_minor;
        ulong device = ((major & 0xFFFFF000) << 32) | ((major & 0xFFF) << 8) | ((minor & 0xFFFFFF00) << 12) | (minor & 0xFF);
        return $"{device}:{stat.stx_ino}";
    }
}
