using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Launching;

/// <summary>Launches handlers and reports the outcome of each launch. Waits for none of them. Loop only.</summary>
/// <remarks>
/// One system call creates a child. The child then runs by itself to execve(2), which may wait for a slow disk. No event reports the
/// execve, so launches under way are checked whenever a child exits, and every millisecond. Only a few run at a time (<see
/// cref="ProcessLauncher.DefaultSlots"/>); the rest of a burst queues here.
/// </remarks>
internal sealed class Launcher
{
    /// <summary>A launch that takes longer waits for a disk, not for a CPU, and no longer counts as one of the few.</summary>
    private const long SlowAfterMs = 10;

    /// <summary>How many failed launches may have their files read at the same time; further failures report only the errno.</summary>
    private const int MostLooks = 4;

    private static readonly TimeSpan s_lookInterval = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_slowLookInterval = TimeSpan.FromMilliseconds(50);

    private readonly ProcessLauncher _processes;
    private readonly UserWatch _users;
    private readonly UserNamespaces _userNamespaces;
    private readonly JailBuilder _jails;
    private readonly Sandboxes _sandboxes;
    private readonly SandboxExplainer? _explainer;
    private readonly Func<Connection, Sandbox?, NamespaceSet?, LaunchPlan> _planFor;
    private readonly Action<Connection> _beginning;
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

    /// <param name="planFor">The steps of a connection's handler, in its sandbox and in the namespace of its users if it has those.</param>
    /// <param name="beginning">Called right before a connection's child is made, which then has its socket.</param>
    /// <param name="settled">
    /// Called once for every submitted launch: the handler executes, or the launch has failed. Never called from within <see
    /// cref="Submit"/>.
    /// </param>
    /// <param name="explainer">Follows the handlers in sandboxes; null = nobody does.</param>
    public Launcher(
        EventLoop loop,
        ILogger log,
        ProcessLauncher processes,
        Func<Connection, Sandbox?, NamespaceSet?, LaunchPlan> planFor,
        Action<Connection> beginning,
        Action<LaunchOrder> settled,
        SandboxExplainer? explainer = null)
    {
        Loop = loop;
        _processes = processes;
        _planFor = planFor;
        _beginning = beginning;
        _settled = settled;
        _look = Look;
        _users = new UserWatch(loop, OnAnswered);
        _userNamespaces = new UserNamespaces(loop, OnAnswered);
        DynamicUsers = new DynamicUsers(loop, log, OnAnswered);
        _jails = new JailBuilder(loop, TryTake);
        _sandboxes = new Sandboxes(loop, OnAnswered, _jails, notifies: explainer is not null);
        _explainer = explainer;
        MakeSparePipe();
    }

    /// <summary>The loop it runs on.</summary>
    public EventLoop Loop { get; }

    /// <summary>The users that connections have of their own.</summary>
    public DynamicUsers DynamicUsers { get; }

    /// <summary>How many submitted launches have not been reported yet.</summary>
    public int Count => _waiting.Count + _asking.Count + _underWay.Count + _failing;

    /// <summary>Those of them whose handler may still execute.</summary>
    public IEnumerable<LaunchOrder> Pending => _underWay.Concat(_waiting).Concat(_asking);

    /// <summary>Launches a connection's handler.</summary>
    public void Submit(Connection connection, bool pipesStderr)
    {
        Loop.AssertOnLoop();
        LaunchOrder order = _free.Count > 0 ? _free.Pop() : new LaunchOrder(this);
        order.Prepare(connection, pipesStderr);
        _waiting.Enqueue(order);
        BeginWaiting();
    }

    /// <summary>Whether it has no child, and nobody waits for one.</summary>
    public bool IsSettled => Count == 0 && _jails.Count == 0;

    /// <summary>Makes and keeps the sandboxes.</summary>
    public Sandboxes Sandboxes => _sandboxes;

    /// <summary>Whether a child belongs to a launch under way, or makes a jail.</summary>
    public bool IsUnderWay(int pid) => _underWay.Exists(order => order.Pid == pid) || _jails.IsWorking(pid);

    /// <summary>The connection of a launch under way whose child has this pid; null if there is none.</summary>
    public Connection? FindUnderWay(int pid) => _underWay.Find(order => order.Pid == pid)?.Connection;

    /// <summary>Takes a launch slot for a child that is not a handler; returns false if no slot is free now.</summary>
    public bool TryTake([NotNullWhen(true)] out Launch? launch)
    {
        Loop.AssertOnLoop();
        return _processes.TryTake(out launch);
    }

    /// <summary>Returns a pipe for a handler's stderr: one made in advance, so that the client does not wait for it.</summary>
    public SysResult TakePipe(out Fd? readEnd, out Fd? writeEnd)
    {
        (readEnd, writeEnd) = _sparePipe;
        _sparePipe = default;
        return readEnd is null ? Pipe.Create(out readEnd, out writeEnd) : SysResult.Ok();
    }

    /// <summary>Checks which launches have an outcome, reports them, and begins those that wait.</summary>
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

        MakeSparePipe(); // last: a child on the same CPU does not start before the loop sleeps
    }

    /// <summary>Runs periodically while launches are under way.</summary>
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

    /// <summary>On failure the next launch tries again.</summary>
    private void MakeSparePipe()
    {
        if (_sparePipe.ReadEnd is null)
        {
            _ = Pipe.Create(out _sparePipe.ReadEnd, out _sparePipe.WriteEnd);
        }
    }

    private void Begin(LaunchOrder order, Launch launch)
    {
        ServiceDefinition definition = order.Connection.Definition;
        bool? isUserAsConfigured = _users.IsAsConfigured(definition.Process);
        SandboxAnswer? sandbox = definition.Sandbox is { } written ? _sandboxes.Find(written) : default(SandboxAnswer);
        UserNamespaceAnswer? users = _userNamespaces.Find(definition.Process.DynamicUser);
        if (isUserAsConfigured is null || sandbox is null || users is null || !TryTakeUser(order.Connection))
        {
            launch.Release();
            _asking.Add(order);
            return;
        }

        if (isUserAsConfigured == false)
        {
            launch.Release();
            order.FailForUser();
        }
        else if (users.Value.HasFailed)
        {
            launch.Release();
            order.FailForUserNamespace();
        }
        else if (definition.Process.DynamicUser is not null && order.Connection.DynamicUser is null)
        {
            launch.Release();
            order.FailForDynamicUser();
        }
        else if (definition.Sandbox is not null && sandbox.Value.Sandbox is null)
        {
            launch.Release();
            order.FailForSandbox(sandbox.Value.Error);
        }
        else
        {
            LaunchPlan plan = _planFor(order.Connection, sandbox.Value.Sandbox, users.Value.Made);
            _beginning(order.Connection);
            order.Begin(launch, plan);
        }

        if (order.Error is null)
        {
            if (sandbox.Value.Sandbox is { Filter: not null })
            {
                _explainer?.Follow(definition, order.Pidfd!); // a begun launch has a child
            }

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

    /// <summary>Gives the connection a user of its own if its definition says so and one is free; false if it must wait for one.</summary>
    private bool TryTakeUser(Connection connection)
    {
        if (connection.Definition.Process.DynamicUser is not { } dynamic || connection.DynamicUser is not null)
        {
            return true;
        }

        bool isKnown = DynamicUsers.TryTake(dynamic.Range, out uint? user);
        connection.DynamicUser = user;
        return isKnown;
    }

    /// <summary>A user or a sandbox is known now: the launches that wait ask again.</summary>
    private void OnAnswered()
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

    /// <summary>Reads the file beside the loop: the disk may be slow, and the path may be anything by now.</summary>
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
        Connection connection = order.Connection;
        order.Failure = failure;
        _settled(order);
        order.Clear();
        _free.Push(order);
        if (connection.Definition.Sandbox is { } sandbox && !IsInForce(connection))
        {
            _sandboxes.Forget(sandbox);
        }
    }

    /// <summary>Whether new connections may have the same definition.</summary>
    private static bool IsInForce(Connection connection)
    {
        ServiceDefinition present = connection.Service.Definition;
        return ReferenceEquals(present, connection.Definition)
            || present.Variants.Any(variant => ReferenceEquals(variant, connection.Definition));
    }
}
