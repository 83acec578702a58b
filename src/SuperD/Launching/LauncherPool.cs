using System.Collections.Concurrent;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Launching;

/// <summary>The launcher threads: each takes an order, launches, and posts the result back to the loop.</summary>
/// <remarks>
/// clone blocks its thread until the child has executed its program, and that may wait on a slow disk: so it is never the loop's thread.
/// As many threads as cores, at least two; more make the slowest connections slower. They sleep on a semaphore eventfd: .NET's own
/// waits spin first, and would take the processor from the handlers.
/// </remarks>
internal sealed class LauncherPool
{
    private const int ThreadStackSize = 256 * 1024;

    private readonly EventLoop _loop;
    private readonly Action<LaunchOrder> _completed;
    private readonly UserWatch _users = new();
    private readonly Cgroup? _groups;
    private readonly ConcurrentQueue<LaunchOrder> _orders = new();
    private readonly ConcurrentQueue<Action<ProcessLauncher>> _errands = new();
    private readonly EventFd _available = EventFd.CreateSemaphore();
    private readonly Queue<LaunchOrder> _inFlight = new();
    private readonly Stack<LaunchOrder> _free = new();

    /// <param name="launchers">One per thread; see <see cref="DefaultSize"/>.</param>
    /// <param name="groups">Where the children of connections with a cgroup of their own are born; null when there are none.</param>
    /// <param name="completed">Run on the loop for every order that was submitted; the order is the pool's again after it.</param>
    public LauncherPool(EventLoop loop, IReadOnlyList<ProcessLauncher> launchers, Cgroup? groups, Action<LaunchOrder> completed)
    {
        _loop = loop;
        _groups = groups;
        _completed = completed;
        for (int i = 0; i < launchers.Count; i++)
        {
            ProcessLauncher launcher = launchers[i];
            new Thread(() => Work(launcher), ThreadStackSize) { IsBackground = true, Name = $"launcher {i}" }.Start();
        }
    }

    public static int DefaultSize => Math.Max(2, Environment.ProcessorCount);

    /// <summary>Number of the last order handed out; they count from 1. Loop only.</summary>
    public long LastSubmitted { get; private set; }

    /// <summary>All orders up to this number are done, their children known to the loop. Loop only.</summary>
    public long CompletedThrough { get; private set; }

    /// <summary>Has a handler launched; the result comes by the <c>completed</c> callback. Loop only.</summary>
    public void Submit(Connection connection, LaunchPlan plan, bool pipesStderr)
    {
        LaunchOrder order = _free.Count > 0 ? _free.Pop() : new LaunchOrder(Complete);
        order.Prepare(connection, plan, pipesStderr, _loop.NowMs);
        LastSubmitted++;
        _inFlight.Enqueue(order);
        _orders.Enqueue(order);
        _available.Signal();
    }

    /// <summary>Has a launcher thread launch something that is no handler. Loop only.</summary>
    /// <param name="launch">Run on the launcher thread.</param>
    /// <param name="completed">Run on the loop.</param>
    public void Submit(Func<ProcessLauncher, LaunchResult> launch, Action<LaunchResult> completed)
    {
        _errands.Enqueue(launcher =>
        {
            LaunchResult result = launch(launcher);
            _loop.Post(() => completed(result));
        });
        _available.Signal();
    }

    /// <summary>Back on the loop. Orders may finish out of turn; they are used again, and counted as done, in turn.</summary>
    private void Complete(LaunchOrder order)
    {
        _completed(order);
        order.Clear();
        while (_inFlight.TryPeek(out LaunchOrder? oldest) && oldest.IsClear)
        {
            CompletedThrough++;
            _free.Push(_inFlight.Dequeue());
        }
    }

    private void Work(ProcessLauncher launcher)
    {
        while (true)
        {
            _available.Wait();
            if (_orders.TryDequeue(out LaunchOrder? order))
            {
                order.Run(launcher, _users, _groups);
                _loop.Post(order.Completed);
            }
            else if (_errands.TryDequeue(out Action<ProcessLauncher>? errand))
            {
                errand(launcher);
            }
        }
    }
}
