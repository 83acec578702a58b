namespace SuperD.Configuration;

/// <summary>Writes files that did not exist.</summary>
internal static class NewFile
{
    /// <summary>Creates a file; never writes to an existing file or through a link, even if it appeared a moment ago.</summary>
    /// <exception cref="IOException">It exists, or cannot be written.</exception>
    public static void Write(string path, string text)
    {
        using var writer = new StreamWriter(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write });
        writer.Write(text);
    }
}
