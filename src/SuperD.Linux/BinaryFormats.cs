using System.Globalization;

namespace SuperD.Linux;

/// <summary>The formats of programs that an administrator has registered with the kernel: binfmt_misc (qemu, wine, java).</summary>
public static class BinaryFormats
{
    private const string Registry = "/proc/sys/fs/binfmt_misc";

    /// <summary>Far more formats than anybody registers.</summary>
    private const int Most = 1000;

    /// <summary>Whether the kernel hands a file of this name and with these first bytes to a registered interpreter.</summary>
    public static bool Know(string path, ReadOnlySpan<byte> start)
    {
        if (KernelFile.ReadText($"{Registry}/status")?.Trim() != "enabled"
            || DirectoryNames.TryRead(Registry, out List<string> names, Most) is not null)
        {
            return false;
        }

        foreach (string name in names)
        {
            if (name is not ("status" or "register") && Matches(KernelFile.ReadLines($"{Registry}/{name}"), path, start))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A format: <c>enabled</c>, then <c>extension .jar</c>, or <c>offset 0</c>, <c>magic 7f45</c> and <c>mask ffff</c>.</summary>
    internal static bool Matches(string[] lines, string path, ReadOnlySpan<byte> start)
    {
        if (lines is not ["enabled", ..])
        {
            return false;
        }

        if (Field(lines, "extension ") is { } extension)
        {
            return path.EndsWith(extension, StringComparison.Ordinal);
        }

        if (Field(lines, "magic ") is not { } magic
            || !int.TryParse(Field(lines, "offset "), NumberStyles.None, CultureInfo.InvariantCulture, out int offset)
            || start.Length < offset + (magic.Length / 2))
        {
            return false;
        }

        string mask = Field(lines, "mask ") ?? new string('f', magic.Length);
        bool same = mask.Length == magic.Length;
        for (int i = 0; same && i + 1 < magic.Length; i += 2)
        {
            byte wanted = Byte(magic, i), bits = Byte(mask, i);
            same = (start[offset + (i / 2)] & bits) == (wanted & bits);
        }

        return same;
    }

    private static string? Field(string[] lines, string name) =>
        Array.Find(lines, line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..];

    private static byte Byte(string hexadecimal, int at) =>
        byte.TryParse(hexadecimal.AsSpan(at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
            ? value
            : (byte)0;
}
