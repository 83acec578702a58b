namespace SuperD.Benchmarks;

/// <summary>The folder of one run, deleted at its end. Every user may read it, because the handlers run as nobody.</summary>
internal sealed class WorkFolder : IDisposable
{
    private int _count;

    public WorkFolder() => Open(Path);

    public string Path { get; } = Directory.CreateTempSubdirectory("superd-bench-").FullName;

    /// <summary>Creates a folder in it.</summary>
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
