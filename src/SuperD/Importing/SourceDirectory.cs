using SuperD.Linux;

namespace SuperD.Importing;

/// <summary>Looks into directories for files to import. Nobody may take one that cannot be read for an empty one.</summary>
internal static class SourceDirectory
{
    /// <summary>The names in a directory, in byte order.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="mayBeMissing">Whether it is no problem that there is none, or another kind of file.</param>
    /// <returns>The names; and the problem as the end of a sentence that starts with the directory, or null.</returns>
    public static (List<string> Names, string? Problem) ReadNames(string directory, bool mayBeMissing)
    {
        (FileKind? kind, string? problem) = KindOf(directory);
        if (kind != FileKind.Directory)
        {
            int errno = kind is null ? Errno.ENOENT : Errno.ENOTDIR;
            return ([], problem ?? (mayBeMissing ? null : Unreadable(errno)));
        }

        problem = DirectoryNames.TryRead(directory, out List<string> names);
        names.Sort(string.CompareOrdinal);
        return (names, problem);
    }

    /// <summary>The kind of a file behind its links; null when there is none, or when it cannot be seen, which is a problem.</summary>
    public static (FileKind? Kind, string? Problem) KindOf(string path)
    {
        int errno = FileStatus.TryRead(path, followLinks: true, out FileStatus status);
        return errno switch
        {
            0 => (status.Kind, null),
            Errno.ENOENT or Errno.ENOTDIR => (null, null),
            _ => (null, Unreadable(errno)),
        };
    }

    private static string Unreadable(int errno) => $"cannot be read: {Errno.Describe(errno)}";
}
