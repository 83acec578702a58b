namespace SuperD.Linux;

/// <summary>Reads what is in a directory that somebody else may fill.</summary>
public static class DirectoryNames
{
    /// <summary>Far more than any configuration has; a million names would take superd seconds and a hundred megabytes.</summary>
    public const int Most = 100_000;

    /// <summary>The names, in no order; a byte that is not UTF-8 is U+FFFD in them.</summary>
    /// <param name="most">How many names there may be.</param>
    /// <returns>Null, or the problem as the end of a sentence that begins with the directory; then there are no names.</returns>
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
            return $"cannot be read: {problem.Message}";
        }
    }
}
