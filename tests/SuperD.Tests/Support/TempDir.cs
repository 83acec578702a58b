namespace SuperD.Tests.Support;

/// <summary>A directory for one test, which Dispose deletes. Every user may read it, so that handlers can run as another user.</summary>
internal sealed class TempDir : IDisposable
{
    public string Path { get; } = TestRun.NewPath();

    public TempDir() => File.SetUnixFileMode(Directory.CreateDirectory(Path).FullName, Mode("755"));

    /// <summary>The absolute path of a file in it.</summary>
    public string this[string relative] => System.IO.Path.Combine(Path, relative);

    /// <summary>Writes a text file, with the directories it needs, and returns its absolute path.</summary>
    public string Write(string relative, string text)
    {
        string path = this[relative];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Writes a file with a mode: <c>"755"</c>.</summary>
    public string Write(string relative, string text, string mode)
    {
        string path = Write(relative, text);
        File.SetUnixFileMode(path, Mode(mode));
        return path;
    }

    /// <summary>Creates a directory with a mode and returns its absolute path.</summary>
    public string MakeDirectory(string relative, string mode = "755")
    {
        string path = Directory.CreateDirectory(this[relative]).FullName;
        File.SetUnixFileMode(path, Mode(mode));
        return path;
    }

    /// <summary>Makes it a user's: for a superd of somebody else, whose console's socket is in it.</summary>
    public TempDir GiveTo(string user)
    {
        Tool.Run("chown", user, Path);
        return this;
    }

    /// <summary>Lets everybody write into it.</summary>
    public void OpenToAll() => File.SetUnixFileMode(Path, Mode("777"));

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // The test has deleted it already.
        }
        catch (IOException)
        {
            // A handler of the test may still be writing; the end of the run deletes it again.
        }
    }

    private static UnixFileMode Mode(string octal) => (UnixFileMode)Convert.ToInt32(octal, 8);
}
