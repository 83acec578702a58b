namespace SuperD.Tests.Support;

/// <summary>A directory for one test that is not below /tmp, where sandboxes and jails have rules of their own. Needs root.</summary>
internal sealed class OutsideDir : IDisposable
{
    private const string Parent = "/srv", Prefix = "superd-test-";

    public OutsideDir()
    {
        foreach (string left in Directory.GetDirectories(Parent, Prefix + "*"))
        {
            if (Directory.GetCreationTimeUtc(left) < DateTime.UtcNow.AddHours(-1))
            {
                Directory.Delete(left, recursive: true); // of a run that was killed
            }
        }

        Directory.CreateDirectory(Path);
    }

    /// <summary>Everybody may read it.</summary>
    public string Path { get; } = System.IO.Path.Combine(Parent, Prefix + System.IO.Path.GetRandomFileName());

    /// <summary>The absolute path of a file in it.</summary>
    public string this[string relative] => System.IO.Path.Combine(Path, relative);

    /// <summary>Writes a text file, with the directories it needs.</summary>
    public void Write(string relative, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[relative])!); // it is in Path
        File.WriteAllText(this[relative], text);
    }

    /// <summary>Copies a file with its mode, with the directories it needs.</summary>
    public void Copy(string source, string relative)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[relative])!); // it is in Path
        File.Copy(source, this[relative]);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
