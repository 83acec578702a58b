using System.Text;

namespace SuperD.Linux;

/// <summary>What a thread that waits in a call sees: its memory, and the files that its paths lead to.</summary>
internal static class CallerView
{
    private const int LongestPath = 4096; // PATH_MAX

    /// <summary>The text at an address of its memory, up to a NUL; null when it cannot be read.</summary>
    internal static string? ReadText(int thread, ulong address)
    {
        Span<byte> buffer = stackalloc byte[LongestPath];
        ReadOnlySpan<byte> text = Read(thread, address, buffer);
        int end = text.IndexOf((byte)0);
        return end < 0 ? null : Encoding.UTF8.GetString(text[..end]);
    }

    /// <summary>The number at an address of its memory; null when it cannot be read.</summary>
    internal static ulong? ReadNumber(int thread, ulong address)
    {
        Span<byte> buffer = stackalloc byte[sizeof(ulong)];
        return Read(thread, address, buffer).Length == sizeof(ulong) ? BitConverter.ToUInt64(buffer) : null;
    }

    /// <summary>The socket address at an address of its memory; unknown when it cannot be read, or is none of IPv4 or IPv6.</summary>
    internal static InetEndPoint ReadEndPoint(int thread, ulong address)
    {
        Span<byte> buffer = stackalloc byte[InetEndPoint.MaxSockaddrLength];
        buffer.Clear(); // a shorter one may be at the end of a mapping
        _ = Read(thread, address, buffer);
        return InetEndPoint.FromSockaddr(buffer);
    }

    /// <summary>Follows a path as the thread would; null when its directory does not exist or cannot be found out.</summary>
    /// <param name="directory">The descriptor that a relative path starts at; null or AT_FDCWD = the working directory.</param>
    internal static FoundFile? Find(int thread, int? directory, string path)
    {
        string? root = LinkTarget($"/proc/{thread}/root");
        string? start = path.StartsWith('/') ? root
            : LinkTarget(directory is null or LibC.AT_FDCWD ? $"/proc/{thread}/cwd" : $"/proc/{thread}/fd/{directory}");
        if (root is null || start is null)
        {
            return null;
        }

        // /proc/self would be this process.
        string[] parts = [.. path.Split('/', StringSplitOptions.RemoveEmptyEntries)];
        if (path.StartsWith('/') && parts is ["proc", "self", ..])
        {
            parts[1] = $"{thread}";
        }

        // All but the last component, which need not exist.
        string inRoot = path.StartsWith('/') ? "" : root == "/" ? start : start[Math.Min(start.Length, root.Length)..];
        string last = parts is [.., "." or ".."] or [] ? "" : parts[^1];
        string parent = $"{inRoot}/{string.Join('/', last.Length == 0 ? parts : parts[..^1])}";
        if (Follow(root, parent) is not { } found)
        {
            return null;
        }

        FoundFile? target = last.Length == 0 ? found : Follow(root, $"{parent}/{last}");
        return target ?? new FoundFile($"{found.Path.TrimEnd('/')}/{last}", Kind: null);
    }

    /// <summary>A path from the thread's root directory on, with its links; null when its directory cannot be found out.</summary>
    /// <param name="directory">The descriptor that a relative path starts at; null or AT_FDCWD = the working directory.</param>
    internal static string? Absolute(int thread, int? directory, string path)
    {
        if (path.StartsWith('/'))
        {
            return path.Length > 1 ? path.TrimEnd('/') : path;
        }

        string link = directory is null or LibC.AT_FDCWD ? $"/proc/{thread}/cwd" : $"/proc/{thread}/fd/{directory}";
        return LinkTarget(link) is ['/', ..] start ? Path.GetFullPath(Path.Combine(start, path)) : null;
    }

    /// <summary>Where a path below a root directory leads; null when it leads nowhere.</summary>
    internal static FoundFile? Follow(string root, string path)
    {
        if (LandlockRuleset.TryOpen(null, root, out Fd? directory) != 0)
        {
            return null;
        }

        using (directory)
        {
            if (LandlockRuleset.TryOpen(root == "/" ? null : directory, path, out Fd? file) != 0)
            {
                return null;
            }

            using (file)
            {
                // No errno: it is open.
                return FileStatus.TryRead(file!, out FileStatus status, out _) == 0
                    && LinkTarget($"/proc/self/fd/{file!.Value}") is { } target
                    ? new FoundFile(target, status.Kind)
                    : null;
            }
        }
    }

    private static string? LinkTarget(string path) => new FileInfo(path).LinkTarget;

    private static ReadOnlySpan<byte> Read(int thread, ulong address, Span<byte> buffer)
    {
        int memory = LibC.open($"/proc/{thread}/mem", LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        if (memory < 0)
        {
            return [];
        }

        using var file = new Fd(memory);
        return buffer[..Math.Max(0, file.ReadAt((long)address, buffer).Value)]; // less at the end of a mapping
    }
}

/// <summary>A file that a path leads to.</summary>
/// <param name="Path">Without symbolic links, as this process sees it.</param>
/// <param name="Kind">Null when only its directory exists.</param>
internal readonly record struct FoundFile(string Path, FileKind? Kind);
