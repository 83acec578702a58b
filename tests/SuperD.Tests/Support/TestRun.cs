namespace SuperD.Tests.Support;

/// <summary>
/// The directory of one run of the tests: <c>/tmp/superd-test-XXXXXX</c>. One that was killed leaves it behind, and the next run removes
/// it.
/// </summary>
/// <remarks>
/// A run that lives holds the lock of a file in its directory, which the kernel takes back whatever ends it. A pid in the name would not
/// do: another run may be in a pid namespace of its own.
/// </remarks>
internal static class TestRun
{
    private const string Prefix = "superd-test-", LockFile = ".lock";

    // A run that has just made its directory is about to take the lock.
    private static readonly TimeSpan s_youth = TimeSpan.FromSeconds(5);

    private static FileStream? s_lock;
    private static int s_count;

    /// <summary>The directory; every user may look into it.</summary>
    public static string Path { get; } = Begin();

    /// <summary>A path in it that nobody has had.</summary>
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
                    using (Lock(path, FileMode.Open)) // what has no such file is no run's
                    {
                        TryRemove(path);
                    }
                }
            }
            catch (Exception notOurs) when (notOurs is IOException or UnauthorizedAccessException)
            {
                // It lives, or belongs to another user, or another sweep was faster.
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

    /// <summary>Opens the file alone, which .NET does with flock(2).</summary>
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
            // A process that a test has left behind still writes to it, or what is in it is another user's: the next run tries again.
        }
    }
}
