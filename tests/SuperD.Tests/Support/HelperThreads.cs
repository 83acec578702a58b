namespace SuperD.Tests.Support;

/// <summary>
/// Helper threads of a test. An exception on one of them fails the test at <see cref="Join"/> instead of crashing the test process.
/// </summary>
internal sealed class HelperThreads
{
    // A bound against hanging; the work on the threads has limits of its own.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    private readonly Task[] _threads;

    /// <param name="run">The work of each thread, called with its number, from 0.</param>
    public HelperThreads(int count, Action<int> run) =>
        _threads = [.. Enumerable.Range(0, count).Select(number => Start(() => run(number)))];

    public HelperThreads(Action run)
        : this(1, _ => run())
    {
    }

    /// <summary>Waits until all have finished; rethrows an exception from any of them.</summary>
    public void Join() => Task.WhenAll(_threads).WaitAsync(s_limit).GetAwaiter().GetResult();

    /// <summary>Uses a dedicated thread: the pool has few, and the program under test may wait for this one.</summary>
    private static Task Start(Action run) =>
        Task.Factory.StartNew(run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
