namespace SuperD.Benchmarks;

/// <summary>The folder of one run; gone with it. Everybody may look into it: the handlers run as nobody.</summary>
internal sealed class WorkFolder : IDisposable
{
    private int _count;

    public WorkFolder() => Open(Path);

    public string Path { get; } = Directory.CreateTempSubdirectory("superd-bench-").FullName;

    /// <summary>A new folder in it.</summary>
    public string Create(string name)
    {
        string path = System.IO.Path.Combine(Path, $"{++_count}-{name}");
        Directory.CreateDirectory(path);
        Open(path);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static void Open(string path) => File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("755", 8));
}
