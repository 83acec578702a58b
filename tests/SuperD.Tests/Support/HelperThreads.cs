namespace SuperD.Tests.Support;

/// <summary>
/// Threads that help a test. An exception on one of them fails the test, at <see cref="Join"/>, and not the whole test process.
/// </summary>
internal sealed class HelperThreads
{
    // Against hanging: what they do has limits of its own.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    private readonly Task[] _threads;

    /// <param name="run">What each does; it gets its number, from 0 on.</param>
    public HelperThreads(int count, Action<int> run) =>
        _threads = [.. Enumerable.Range(0, count).Select(number => Start(() => run(number)))];

    public HelperThreads(Action run)
        : this(1, _ => run())
    {
    }

    /// <summary>Waits until all have ended; throws what one of them threw.</summary>
    public void Join() => Task.WhenAll(_threads).WaitAsync(s_limit).GetAwaiter().GetResult();

    /// <summary>On a thread of its own, since those of the pool are few, and the program under test may wait for this one.</summary>
    private static Task Start(Action run) =>
        Task.Factory.StartNew(run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
