namespace SuperD.Loop;

/// <summary>Runs work that may block on a thread of the runtime's pool; the work posts its result to the loop.</summary>
/// <remarks>
/// It is not <c>Task.Run</c>: a task stores its exception, and the waiting code would wait in vain. Here the exception is unhandled, and
/// superd exits with the name of the work in its last line.
/// </remarks>
internal static class BesideLoop
{
    [ThreadStatic]
    private static string? s_work;

    /// <summary>What the calling thread is doing; null on the loop and on the runtime's own threads.</summary>
    public static string? CurrentWork => s_work;

    /// <summary>Runs an action on a thread of the pool.</summary>
    /// <param name="work">What the action does, for superd's last line if it crashes: <c>read the configuration</c>.</param>
    public static void Run(string work, Action action) => ThreadPool.UnsafeQueueUserWorkItem(_ => Perform(work, action), null);

    /// <summary>Runs an action the same way on the calling thread: a timer's, or one started for it.</summary>
    public static void Perform(string work, Action action)
    {
        s_work = work;
        action();
        s_work = null; // not in a finally: the crash reporter reads it before the stack unwinds
    }
}
