using System.Globalization;

namespace SuperD.Linux;

/// <summary>The resident pages of the program's and its libraries' files; see proc_pid_smaps(5).</summary>
/// <remarks>
/// Pages that only the start needed would stay resident for the life of the process. Only for a process whose code does not change:
/// a JIT maps and relocates files at any time, on its own threads.
/// </remarks>
public static class ProgramPages
{
    /// <summary>Releases the pages that equal their files; the kernel maps each again from the page cache when it is next used.</summary>
    public static void Release()
    {
        foreach ((nuint start, nuint length) in ReadOnlyMappings())
        {
            // madvise(2) fails for pages locked in memory, which are meant to stay.
            _ = LibC.madvise(start, length, LibC.MADV_DONTNEED);
        }
    }

    /// <summary>Private, read-only file mappings of which no page differs from the file (none was relocated or patched).</summary>
    private static List<(nuint Start, nuint Length)> ReadOnlyMappings()
    {
        var mappings = new List<(nuint, nuint)>();
        (nuint Start, nuint Length) mapping = default;
        bool isAsInFile = false;
        ReadOnlySpan<byte> text = KernelFile.ReadBytes("/proc/self/smaps");
        foreach (Range range in text.Split((byte)'\n'))
        {
            // A mapping starts with "7f2a1c000000-7f2a1c200000 r-xp 00000000 fe:01 1234   /usr/lib/libc.so.6";
            // lines like "Swap:     0 kB" follow.
            ReadOnlySpan<byte> line = text[range];
            if (line.Length > 0 && char.IsAsciiHexDigitLower((char)line[0]))
            {
                isAsInFile = TryReadPlace(line, out mapping);
            }
            else if (line.StartsWith("Anonymous:"u8) || line.StartsWith("Swap:"u8))
            {
                isAsInFile &= line.EndsWith(" 0 kB"u8);
                if (isAsInFile && line[0] == 'S')
                {
                    mappings.Add(mapping);
                }
            }
        }

        return mappings;
    }

    /// <summary>Parses the first line of a mapping; false when it is not private, is writable, or has no file.</summary>
    private static bool TryReadPlace(ReadOnlySpan<byte> line, out (nuint Start, nuint Length) place)
    {
        place = default;
        int dash = line.IndexOf((byte)'-');
        int space = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> permissions = line[(space + 1)..];
        if (!nuint.TryParse(line[..dash], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out nuint start)
            || !nuint.TryParse(line[(dash + 1)..space], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out nuint end)
            || !permissions.StartsWith("r-"u8) || permissions[3] != 'p' || line.IndexOf(" /"u8) < 0)
        {
            return false;
        }

        place = (start, end - start);
        return true;
    }
}
