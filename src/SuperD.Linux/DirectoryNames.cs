namespace SuperD.Linux;

/// <summary>Lists a directory that other users may be able to fill.</summary>
public static class DirectoryNames
{
    /// <summary>The default limit, far above any configuration: a million names would cost superd seconds and 100 MB.</summary>
    public const int Most = 100_000;

    /// <summary>Lists the names, unsorted; each byte that is not UTF-8 becomes U+FFFD.</summary>
    /// <param name="most">The most names the directory may hold.</param>
    /// <returns>Null, or the problem as the end of a sentence that starts with the directory; the list is then empty.</returns>
    public static string? TryRead(string directory, out List<string> names, int most = Most)
    {
        names = [];
        try
        {
            foreach (string path in Directory.EnumerateFileSystemEntries(directory))
            {
                if (names.Count == most)
                {
                    names = [];
                    return $"holds more than {most} files";
                }

                names.Add(Path.GetFileName(path));
            }

            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            names = [];
            return $"cannot be read: {(problem is UnauthorizedAccessException ? Errno.Describe(Errno.EACCES) : problem.Message)}";
        }
    }
}
