using System.Collections.Concurrent;

namespace SuperD.Tests.Support;

/// <summary>The thread that starts every program of the tests.</summary>
/// <remarks>
/// A program receives its parent-death signal when the <i>thread</i> that started it exits (prctl(2)), and pool and NUnit threads come and
/// go. This thread lives as long as the test process, so the signal is sent exactly when that ends, for whatever reason.
/// </remarks>
internal static class ProgramThread
{
    private static readonly BlockingCollection<Action> s_starts = [];

    static ProgramThread() => new Thread(Run) { IsBackground = true, Name = "programs" }.Start();

    /// <summary>Starts something on that thread; an exception goes to the caller.</summary>
    public static T Start<T>(Func<T> start)
    {
        var started = new Task<T>(start);
        s_starts.Add(() => started.RunSynchronously(TaskScheduler.Default));
        return started.GetAwaiter().GetResult();
    }

    private static void Run()
    {
        foreach (Action start in s_starts.GetConsumingEnumerable())
        {
            start();
        }
    }
}
