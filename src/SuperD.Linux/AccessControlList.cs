using System.Buffers.Binary;

namespace SuperD.Linux;

/// <summary>A POSIX ACL of a file as the kernel stores it, see acl(5): entries of a tag, rights and an id after a version.</summary>
internal static unsafe class AccessControlList
{
    private const string Attribute = "system.posix_acl_access";
    private const int HeaderLength = 4, EntryLength = 8, Version = 2;

    /// <summary>The kernel's limit of an attribute's value: XATTR_SIZE_MAX.</summary>
    private const int LargestSize = 64 * 1024;

    private const int NamedUser = 0x02, OwningGroup = 0x04, NamedGroup = 0x08, Mask = 0x10, Other = 0x20;

    /// <summary>The ACL of a file; empty when it has none, or superd cannot read it.</summary>
    public static byte[] Read(string path)
    {
        nint size = LibC.getxattr(path, Attribute, null, 0);
        if (size is <= 0 or > LargestSize)
        {
            return [];
        }

        byte[] value = new byte[size];
        fixed (byte* first = value)
        {
            nint length = LibC.getxattr(path, Attribute, first, (nuint)size);
            return length <= 0 ? [] : value[..(int)length];
        }
    }

    /// <summary>Whether a user who does not own the file has the rights; null for an ACL of another form.</summary>
    /// <param name="acl">Not empty.</param>
    /// <param name="group">The file's group.</param>
    /// <param name="user">Not root, and not the file's owner, whose rights are the mode's.</param>
    /// <param name="rights">Bits of 4 (read), 2 (write) and 1 (execute or search).</param>
    public static bool? Allow(ReadOnlySpan<byte> acl, uint group, Credentials user, int rights)
    {
        if (acl.Length < HeaderLength || BinaryPrimitives.ReadInt32LittleEndian(acl) != Version)
        {
            return null;
        }

        int mask = ~0, other = 0;
        int? named = null;
        bool isInGroup = false, isGranted = false;
        for (ReadOnlySpan<byte> rest = acl[HeaderLength..]; rest.Length >= EntryLength; rest = rest[EntryLength..])
        {
            int tag = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            int granted = BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]);
            uint id = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            if (tag == NamedUser && id == user.UserId)
            {
                named = granted;
            }
            else if ((tag == OwningGroup && IsIn(group)) || (tag == NamedGroup && IsIn(id)))
            {
                // The rights of several groups do not add up: one entry must grant them all.
                isInGroup = true;
                isGranted |= (granted & rights) == rights;
            }
            else if (tag is Mask)
            {
                mask = granted;
            }
            else if (tag is Other)
            {
                other = granted;
            }
        }

        return named is { } own ? (own & mask & rights) == rights
            : isInGroup ? isGranted && (mask & rights) == rights
            : (other & rights) == rights;

        bool IsIn(uint id) => id == user.GroupId || user.Groups.Contains(id);
    }
}
