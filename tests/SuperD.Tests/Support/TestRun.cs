namespace SuperD.Tests.Support;

/// <summary>
/// The directory of one test run: <c>/tmp/superd-test-XXXXXX</c>. A run that is
/// killed leaves its directory behind, and the next run removes it.
/// </summary>
/// <remarks>
/// A live run holds the lock on a file in its directory, which the kernel releases however the run ends. A pid in the name would not do,
/// because another run may be in a different pid namespace.
/// </remarks>
internal static class TestRun
{
    private const string Prefix = "superd-test-", LockFile = ".lock";

    // A run that has just created its directory is about to take the lock.
    private static readonly TimeSpan s_youth = TimeSpan.FromSeconds(5);

    private static FileStream? s_lock;
    private static int s_count;

    /// <summary>The directory; every user may look into it.</summary>
    public static string Path { get; } = Begin();

    /// <summary>A path in it that no earlier call has returned.</summary>
    public static string NewPath() => System.IO.Path.Combine(Path, $"{Interlocked.Increment(ref s_count)}");

    /// <summary>Removes the directory.</summary>
    public static void End()
    {
        s_lock?.Dispose();
        TryRemove(Path);
    }

    /// <summary>Removes the directories that dead runs have left in a directory.</summary>
    public static void Sweep(string directory)
    {
        foreach (string path in Directory.GetDirectories(directory, Prefix + "*"))
        {
            try
            {
                if (DateTime.UtcNow - Directory.GetLastWriteTimeUtc(path) > s_youth)
                {
                    using (Lock(path, FileMode.Open)) // a directory without that file belongs to no run
                    {
                        TryRemove(path);
                    }
                }
            }
            catch (Exception notOurs) when (notOurs is IOException or UnauthorizedAccessException)
            {
                // The run is alive, or the directory belongs to another user, or another sweep was faster.
            }
        }
    }

    private static string Begin()
    {
        string parent = System.IO.Path.GetTempPath();
        Sweep(parent);
        string path = Directory.CreateTempSubdirectory(Prefix).FullName;
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("755", 8));
        s_lock = Lock(path, FileMode.CreateNew);
        return path;
    }

    /// <summary>Opens the file exclusively, for which .NET uses flock(2).</summary>
    private static FileStream Lock(string path, FileMode mode) =>
        new(System.IO.Path.Combine(path, LockFile), mode, FileAccess.ReadWrite, FileShare.None);

    private static void TryRemove(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception inTheWay) when (inTheWay is IOException or UnauthorizedAccessException)
        {
            // A leftover process of a test still writes to it, or its contents belong to another user: the next run tries again.
        }
    }
}
