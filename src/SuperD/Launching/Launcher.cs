using System.Diagnostics.CodeAnalysis;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Launching;

/// <summary>Has handlers launched, and tells what became of each launch. It waits for none of them. Loop only.</summary>
/// <remarks>
/// A child is made by one system call and goes its way; execve(2), which may wait on a slow disk, is its own affair. Nothing tells
/// of the moment at which it executes. So those under way are looked at whenever a child has ended, and every millisecond. There are few of
/// them at a time (<see cref="ProcessLauncher.DefaultSlots"/>), and the rest of a burst waits here.
/// </remarks>
internal sealed class Launcher
{
    /// <summary>After so many milliseconds a launch waits for a disk, not for a processor: it is none of the few any more.</summary>
    private const long SlowAfterMs = 10;

    /// <summary>How many looks at files of failed launches may be under way; a failure beyond them is told by its errno alone.</summary>
    private const int MostLooks = 4;

    private static readonly TimeSpan s_lookInterval = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_slowLookInterval = TimeSpan.FromMilliseconds(50);

    private readonly ProcessLauncher _processes;
    private readonly UserWatch _users;
    private readonly Action<LaunchOrder> _settled;
    private readonly Action _look;
    private readonly Queue<LaunchOrder> _waiting = new();
    private readonly List<LaunchOrder> _asking = [];
    private readonly List<LaunchOrder> _underWay = [];
    private readonly Stack<LaunchOrder> _free = new();
    private (Fd? ReadEnd, Fd? WriteEnd) _sparePipe;
    private LoopTimer? _timer;
    private int _failing;
    private int _looks;

    /// <param name="settled">Told of every launch that was submitted, once: the handler executes, or the launch has failed. Never from within <see cref="Submit"/>.</param>
    public Launcher(EventLoop loop, ProcessLauncher processes, Action<LaunchOrder> settled)
    {
        Loop = loop;
        _processes = processes;
        _settled = settled;
        _look = Look;
        _users = new UserWatch(loop, OnUserKnown);
        MakeSparePipe();
    }

    /// <summary>The loop it is on.</summary>
    public EventLoop Loop { get; }

    /// <summary>Launches that were submitted and of which nothing was told yet.</summary>
    public int Count => _waiting.Count + _asking.Count + _underWay.Count + _failing;

    /// <summary>Those of them whose handler may still come to be.</summary>
    public IEnumerable<LaunchOrder> Pending => _underWay.Concat(_waiting).Concat(_asking);

    /// <summary>Has a handler launched.</summary>
    public void Submit(Connection connection, LaunchPlan plan, bool pipesStderr)
    {
        Loop.AssertOnLoop();
        LaunchOrder order = _free.Count > 0 ? _free.Pop() : new LaunchOrder(this);
        order.Prepare(connection, plan, pipesStderr);
        _waiting.Enqueue(order);
        BeginWaiting();
    }

    /// <summary>Whether a child is one of a launch under way.</summary>
    public bool IsUnderWay(int pid) => _underWay.Exists(order => order.Pid == pid);

    /// <summary>Gives a launch of a child that is no handler; false when there is no slot for it now.</summary>
    public bool TryTake([NotNullWhen(true)] out Launch? launch)
    {
        Loop.AssertOnLoop();
        return _processes.TryTake(out launch);
    }

    /// <summary>A pipe for a handler's stderr. It is one that was made before its client came: whoever comes waits for one thing less.</summary>
    public SysResult TakePipe(out Fd? readEnd, out Fd? writeEnd)
    {
        (readEnd, writeEnd) = _sparePipe;
        _sparePipe = default;
        return readEnd is null ? Pipe.Create(out readEnd, out writeEnd) : SysResult.Ok();
    }

    /// <summary>Looks which launches have come to their end, tells of them, and begins those that wait.</summary>
    public void Settle()
    {
        Loop.AssertOnLoop();
        for (int i = 0; i < _underWay.Count;)
        {
            LaunchOrder order = _underWay[i];
            if (order.TrySettle())
            {
                _underWay.RemoveAt(i);
                Tell(order);
            }
            else
            {
                i++;
            }
        }

        BeginWaiting();
        if (_underWay.Count == 0)
        {
            _timer?.Cancel();
            _timer = null;
        }

        MakeSparePipe(); // only now: a child on the same processor begins when the loop goes to sleep
    }

    /// <summary>Every so often, as long as there is something to look at.</summary>
    private void Look()
    {
        _timer = null;
        foreach (LaunchOrder slow in _underWay.Where(IsSlow))
        {
            slow.FreeSlots();
        }

        Settle();
    }

    private bool IsSlow(LaunchOrder order) => Loop.NowMs - order.BegunMs >= SlowAfterMs;

    private void BeginWaiting()
    {
        while (_waiting.TryPeek(out LaunchOrder? order) && _processes.TryTake(out Launch? launch))
        {
            _waiting.Dequeue();
            Begin(order, launch);
        }

        if (_underWay.Count > 0)
        {
            LookWithin(IsSlow(_underWay[^1]) ? s_slowLookInterval : s_lookInterval);
        }
    }

    private void LookWithin(TimeSpan interval)
    {
        if (_timer is { } later && later.DueMs > Loop.NowMs + (long)interval.TotalMilliseconds)
        {
            later.Cancel();
            _timer = null;
        }

        _timer ??= Loop.Schedule(interval, _look);
    }

    /// <summary>When there is none to be had now, the next launch tries again.</summary>
    private void MakeSparePipe()
    {
        if (_sparePipe.ReadEnd is null)
        {
            _ = Pipe.Create(out _sparePipe.ReadEnd, out _sparePipe.WriteEnd);
        }
    }

    private void Begin(LaunchOrder order, Launch launch)
    {
        bool? isUserAsConfigured = _users.IsAsConfigured(order.Connection.Definition.Process);
        if (isUserAsConfigured != true)
        {
            launch.Release();
            if (isUserAsConfigured is null)
            {
                _asking.Add(order);
                return;
            }

            order.FailForUser();
        }
        else
        {
            order.Begin(launch);
        }

        if (order.Error is null)
        {
            _underWay.Add(order);
            return;
        }

        _failing++;
        Loop.Post(() =>
        {
            _failing--;
            Tell(order);
        });
    }

    private void OnUserKnown()
    {
        foreach (LaunchOrder order in _asking)
        {
            _waiting.Enqueue(order);
        }

        _asking.Clear();
        BeginWaiting();
    }

    private void Tell(LaunchOrder order)
    {
        if (order.Error is not { } error)
        {
            Tell(order, null);
        }
        else if (LaunchFailure.IsAboutFile(error) && _looks < MostLooks)
        {
            LookAtFile(order, error);
        }
        else
        {
            Tell(order, LaunchFailure.Describe(order.Connection.Definition, error, looks: false));
        }
    }

    /// <summary>Beside the loop: a disk may be slow, and what is there by now may be anything.</summary>
    private void LookAtFile(LaunchOrder order, LaunchError error)
    {
        _looks++;
        _failing++;
        ServiceDefinition definition = order.Connection.Definition;
        BesideLoop.Run("look at a program's file", () =>
        {
            LaunchFailure failure = LaunchFailure.Describe(definition, error, looks: true);
            Loop.Post(() =>
            {
                _looks--;
                _failing--;
                Tell(order, failure);
            });
        });
    }

    private void Tell(LaunchOrder order, LaunchFailure? failure)
    {
        order.Failure = failure;
        _settled(order);
        order.Clear();
        _free.Push(order);
    }
}
