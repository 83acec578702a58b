namespace SuperD.Loop;

/// <summary>Runs work that may block on another thread; the work posts its result to the loop.</summary>
/// <remarks>
/// It is not <c>Task.Run</c>: a task stores its exception, and the waiting code would wait in vain. Here the exception is unhandled, and
/// superd exits with the name of the work in its last line. Nor is it the runtime's pool, which ends the process when it cannot start a
/// thread: whoever fills the table of processes would end superd. Here one thread is there from the start and stays; work for which no
/// other can be started waits for those that there are.
/// </remarks>
internal static class BesideLoop
{
    private const int MostThreads = 256;

    /// <summary>How long a thread beyond the first waits for more work.</summary>
    private static readonly TimeSpan s_idleTime = TimeSpan.FromSeconds(10);

    private static readonly object s_lock = new(); // it is waited on, which Lock does not do
    private static readonly Queue<(string Work, Action Action)> s_waiting = new();
    private static int s_threads;
    private static int s_idle;

    [ThreadStatic]
    private static string? s_work;

    /// <summary>What the calling thread is doing; null on the loop and on the runtime's own threads.</summary>
    public static string? CurrentWork => s_work;

    /// <summary>Starts the first thread. To be called before anybody is served.</summary>
    public static void Start()
    {
        lock (s_lock)
        {
            if (s_threads == 0)
            {
                TryStartThread();
            }
        }
    }

    /// <summary>Runs an action on another thread.</summary>
    /// <param name="work">What the action does, for superd's last line if it crashes: <c>read the configuration</c>.</param>
    public static void Run(string work, Action action)
    {
        lock (s_lock)
        {
            s_waiting.Enqueue((work, action));
            if (s_waiting.Count <= s_idle)
            {
                Monitor.Pulse(s_lock);
            }
            else if (s_threads < MostThreads)
            {
                TryStartThread();
            }
        }
    }

    /// <summary>Runs an action the same way on the calling thread: a timer's, or one started for it.</summary>
    public static void Perform(string work, Action action)
    {
        s_work = work;
        action();
        s_work = null; // not in a finally: the crash reporter reads it before the stack unwinds
    }

    private static void TryStartThread()
    {
        try
        {
            new Thread(Serve) { IsBackground = true, Name = "beside" }.Start();
            s_threads++;
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            // There are as many processes as there may be. The next work tries again.
        }
    }

    private static void Serve()
    {
        while (TryTake(out (string Work, Action Action) next))
        {
            Perform(next.Work, next.Action);
        }
    }

    /// <summary>Waits for work; false when the thread is not needed any more.</summary>
    private static bool TryTake(out (string Work, Action Action) next)
    {
        lock (s_lock)
        {
            while (!s_waiting.TryDequeue(out next))
            {
                s_idle++;
                bool isCalled = Monitor.Wait(s_lock, s_threads == 1 ? Timeout.InfiniteTimeSpan : s_idleTime);
                s_idle--;
                if (!isCalled && s_waiting.Count == 0 && s_threads > 1)
                {
                    s_threads--;
                    return false;
                }
            }

            return true;
        }
    }
}
