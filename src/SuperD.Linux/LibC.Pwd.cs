using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>pwd.h and grp.h: users and groups from the machine's name service.</summary>
internal static unsafe partial class LibC
{
    /// <summary>struct passwd of glibc and musl; the strings are in the buffer passed to the call.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct passwd
    {
        public byte* pw_name;
        public byte* pw_passwd;
        public uint pw_uid;
        public uint pw_gid;
        public byte* pw_gecos;
        public byte* pw_dir;
        public byte* pw_shell;
    }

    /// <summary>struct group of glibc and musl; the strings are in the buffer passed to the call.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct group
    {
        public byte* gr_name;
        public byte* gr_passwd;
        public uint gr_gid;
        public byte** gr_mem;
    }

    /// <summary>getpwnam_r(3): returns an error number; 0 with a null result means "no such user".</summary>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int getpwnam_r(string name, passwd* entry, byte* buffer, nuint length, passwd** result);

    /// <summary>getpwuid_r(3).</summary>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int getpwuid_r(uint uid, passwd* entry, byte* buffer, nuint length, passwd** result);

    /// <summary>getgrnam_r(3).</summary>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int getgrnam_r(string name, group* entry, byte* buffer, nuint length, group** result);

    /// <summary>getgrgid_r(3).</summary>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int getgrgid_r(uint gid, group* entry, byte* buffer, nuint length, group** result);

    /// <summary>getgrouplist(3): -1 when the buffer is too small; *count is then the number needed.</summary>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int getgrouplist(string user, uint gid, uint* groups, int* count);
}
