using System.Globalization;

namespace SuperD.Linux;

/// <summary>The pages of the program's and its libraries' files that this process has in its memory: see proc_pid_smaps(5).</summary>
/// <remarks>
/// What has run once, at the start, stays in the process though nobody needs it any more. Only for a process whose code does not change:
/// a JIT maps and relocates files at any time, on threads of its own.
/// </remarks>
public static class ProgramPages
{
    /// <summary>Lets go of those that are exactly what their files hold; the kernel maps each again, from its cache of files, when it is next needed.</summary>
    public static void Release()
    {
        foreach ((nuint start, nuint length) in ReadOnlyMappings())
        {
            // madvise(2): fails where pages are locked in memory, which then is what somebody wanted.
            _ = LibC.madvise(start, length, LibC.MADV_DONTNEED);
        }
    }

    /// <summary>Mapped from a file, not writable, and no page of it differs from the file: none was relocated, or written by a debugger.</summary>
    private static List<(nuint Start, nuint Length)> ReadOnlyMappings()
    {
        var mappings = new List<(nuint, nuint)>();
        (nuint Start, nuint Length) mapping = default;
        bool isAsInFile = false;
        ReadOnlySpan<byte> text = KernelFile.ReadBytes("/proc/self/smaps");
        foreach (Range range in text.Split((byte)'\n'))
        {
            // A mapping begins with "7f2a1c000000-7f2a1c200000 r-xp 00000000 fe:01 1234   /usr/lib/libc.so.6"; lines like "Swap:     0 kB" follow.
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

    /// <summary>False for a mapping that is not private, may be written to, or is of no file.</summary>
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
