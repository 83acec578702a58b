namespace SuperD.Loop;

/// <summary>Work that may take its time and therefore runs on a thread of the runtime's pool; its result is posted to the loop.</summary>
/// <remarks>
/// Not <c>Task.Run</c>: a task keeps an exception to itself, and whoever waits for the work would wait in vain. Here it is unhandled, and
/// superd ends with the name of the work in its last line.
/// </remarks>
internal static class BesideLoop
{
    [ThreadStatic]
    private static string? s_work;

    /// <summary>What the calling thread does; null for the loop and threads of the runtime's own.</summary>
    public static string? CurrentWork => s_work;

    /// <summary>Runs something on a thread of the pool.</summary>
    /// <param name="work">What it is, for the last line of a superd that ends of it: <c>read the configuration</c>.</param>
    public static void Run(string work, Action action) => ThreadPool.UnsafeQueueUserWorkItem(_ => Perform(work, action), null);

    /// <summary>The same on the calling thread: that of a timer, of a signal, or one started for it.</summary>
    public static void Perform(string work, Action action)
    {
        s_work = work;
        action();
        s_work = null; // not after an exception: the last line is written before the stack unwinds
    }
}
