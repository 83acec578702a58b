namespace SuperD.Configuration;

/// <summary>Writes files that did not exist.</summary>
internal static class NewFile
{
    /// <summary>For the directories of configurations, whatever the umask allows: superd refuses what others may write.</summary>
    public const UnixFileMode DirectoryMode = OwnerWrites | (UnixFileMode)0b001_001_001;

    private const UnixFileMode OwnerWrites = (UnixFileMode)0b110_100_100;

    /// <summary>
    /// Creates a file with mode 0644 less the umask; never writes to an existing file or through a link, even if it appeared a moment ago.
    /// </summary>
    /// <exception cref="IOException">It exists, or cannot be written.</exception>
    public static void Write(string path, string text)
    {
        using var writer = new StreamWriter(
            path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerWrites });
        writer.Write(text);
    }
}
