using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>
/// Attributes every process below superd to its handler, by what the kernel reports: nothing that a process says or can forge. Loop only.
/// </summary>
/// <remarks>
/// superd is a subreaper (prctl(2), PR_SET_CHILD_SUBREAPER): a process whose parent has exited becomes superd's child, a <em>stranger</em>.
/// The kernel reparents strangers to superd's first thread, while handlers are children of the loop's thread, so the list of strangers is
/// short. Only processes made with CLONE_PARENT appear among the handlers. A stranger's owner is found by these rules, in order:
/// <list type="number">
/// <item>A handler started its session. A process can leave its session only for a new one; it cannot join another. If the launch of
/// that handler is still under way, this is known when the launch is complete.</item>
/// <item>It was seen earlier as a descendant of a handler or of a stranger, and still has the same pid and start time.</item>
/// <item>It appeared and lost its parent between two scans. Its owner is then one of the handlers that can have made it: the handler is not
/// younger, its user may have been the process's user, and one of its processes has run since the process was made. A handler that has been
/// idle since before that made nothing; its processes' CPU clocks prove it to the nanosecond. If one candidate is left, it is the owner. If
/// several are left, the process is ended when all of them are gone, unless one of them keeps its orphans. If none is left, the process
/// came from outside. If such a process traces an ended handler that may have made it, that handler did: it would wait for it.</item>
/// </list>
/// The cost: a handler is scanned at the age of 10 ms and then once a second, with one system call for each of its processes while they are
/// idle. One turn of the loop scans about <see cref="FamilyRounds.ClocksPerLook"/> processes and reads about
/// <see cref="FamilyRounds.ReadsPerLook"/> of them from /proc, in rotation; with more handlers each is scanned less often. A stranger of
/// the third kind costs one pass over the handlers. A handler that makes processes as fast as it can may fill the table of processes with
/// strangers: a look at superd's children ends after <see cref="s_longestLook"/>, and after a long one the loop first does other things.
/// </remarks>
/// <param name="isLaunched">Whether a child of superd is a launch under way, not a handler yet.</param>
/// <param name="explainsAll">Whether every stranger that appears after the start comes from a handler; false if superd receives other
/// strangers too (as process 1), or does not know every handler.</param>
internal sealed partial class Descendants(EventLoop loop, Predicate<int> isLaunched, bool explainsAll) : IDisposable
{
    /// <summary>How many processes of a handler one signal reaches; the next looks find the others.</summary>
    private const int MostFound = 4096;

    /// <summary>With more handlers than this, superd's long list of children is read once a second, not at each handler's end.</summary>
    private const int FewHandlers = 64;

    private static readonly TimeSpan s_upkeepInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<long, ProcessOwner> _owners = [];
    private readonly Dictionary<int, ProcessOwner> _byHandlerPid = [];
    private readonly Strangers _strangers = new(loop);
    private readonly FamilyRounds _rounds = new();
    private readonly List<ProcessOwner> _left = [];
    private bool _isKeptUp;

    /// <summary>How many descriptors it keeps open.</summary>
    public const int Descriptors = 2;

    /// <summary>How many processes are left that only connections which are over can have made, and that are being ended.</summary>
    public int Orphans => _strangers.Orphans;

    /// <summary>
    /// Makes superd a subreaper. Returns null, or why descendants cannot be found here: this needs prctl(2) and the lists of children in
    /// /proc (CONFIG_PROC_CHILDREN).
    /// </summary>
    public static string? FindObstacle()
    {
        string children = ProcessTable.ChildrenFile(Environment.ProcessId);
        if (!File.Exists(children))
        {
            return $"{children} is not there: the kernel was built without CONFIG_PROC_CHILDREN";
        }

        SysResult result = ChildProcess.BecomeSubreaper();
        return result.IsError ? $"prctl(PR_SET_CHILD_SUBREAPER): {Errno.Describe(result.Errno)}" : null;
    }

    /// <summary>Starts the scans. Children that superd was started with belong to no handler.</summary>
    public void Begin()
    {
        do
        {
            _nextLook = 0;
            LookForStrangers(amongHandlers: false, areOutside: true);
        }
        while (_hasMore);

        KeepUp();
    }

    /// <summary>Inherits the strangers of the previous version. Its handlers follow through <see cref="Adopt"/>.</summary>
    public void Inherit(IEnumerable<StrangerHandover> strangers)
    {
        var over = new Dictionary<long, ProcessOwner>();
        foreach (StrangerHandover handed in strangers)
        {
            if (ProcessStat.Of(handed.Pid) is { } stat && stat.StartTicks == handed.StartTicks)
            {
                _ = Add(handed.Pid, stat, new Makers([.. handed.Owners.Select(OwnerOf)]));
            }
        }

        KeepUp();

        ProcessOwner OwnerOf(OwnerHandover handed)
        {
            if (handed.Connection == ProcessOwner.Outside.Connection)
            {
                return ProcessOwner.Outside;
            }

            if (!over.TryGetValue(handed.Connection, out ProcessOwner? owner))
            {
                owner = new ProcessOwner(handed.Connection, handed.Keeps, handed.StopGrace, handed.User, enteredNs: 0)
                {
                    IsOver = handed.IsOver,
                };
                over.Add(handed.Connection, owner);
                if (!owner.IsOver)
                {
                    _owners.Add(handed.Connection, owner);
                }
            }

            return owner;
        }
    }

    /// <summary>
    /// Adds a handler of the previous version, or one launched before superd became a subreaper. What it did so far is unknown.
    /// </summary>
    public void Adopt(Handler handler)
    {
        if (!_owners.TryGetValue(handler.Connection.Id, out ProcessOwner? owner))
        {
            long startedNs = handler.IsReaped ? 0 : ProcessStat.Of(handler.Pid)?.StartedAtNs ?? 0;
            owner = OwnerOf(handler.Connection.Id, handler.Definition, handler.UserId, startedNs);
            _owners.Add(handler.Connection.Id, owner);
        }

        OnLaunched(handler, owner);
        if (!handler.IsReaped)
        {
            LookAtFamilyOf(owner, handler); // only queued: there may be thousands
        }
    }

    /// <summary>Hands the strangers over to the next version.</summary>
    public StrangerHandover[] HandOver()
    {
        LookForStrangers(amongHandlers: true);
        return
        [
            .. _strangers.All.Select(stranger => new StrangerHandover(
                stranger.Pid,
                stranger.Stat.StartTicks,
                [.. stranger.Owners.Select(owner =>
                    new OwnerHandover(owner.Connection, owner.Keeps, owner.IsOver, owner.StopGrace, owner.User))])),
        ];
    }

    /// <summary>Runs before a connection's handler is launched.</summary>
    public void Enter(Connection connection)
    {
        ServiceDefinition definition = connection.Definition;
        _owners.Add(connection.Id, OwnerOf(connection.Id, definition, definition.Process.FixedUserId, ProcessClock.NowNs));
        KeepUp();
    }

    /// <summary>Runs when the handler exists.</summary>
    public void OnLaunched(Handler handler)
    {
        if (_owners.TryGetValue(handler.Connection.Id, out ProcessOwner? owner))
        {
            OnLaunched(handler, owner);
        }
        else
        {
            Adopt(handler);
        }
    }

    /// <summary>Runs when the handler has outlived most others: from now on its descendants are scanned.</summary>
    public void OnGrown(Handler handler)
    {
        if (!handler.IsReaped && _owners.TryGetValue(handler.Connection.Id, out ProcessOwner? owner))
        {
            _ = LookAtFamilyOf(owner, handler).Look();
        }
    }

    /// <summary>Runs when the connection is over.</summary>
    public void Leave(Connection connection)
    {
        if (_owners.Remove(connection.Id, out ProcessOwner? owner))
        {
            owner.IsOver = true;
            owner.Family = null;
            if (_owners.Count < FewHandlers)
            {
                ForgetHandlerOf(owner);
            }
            else
            {
                _left.Add(owner); // its CLONE_PARENT children may not have been found yet
            }
        }
    }

    /// <summary>
    /// Whether no descendant is left of a handler whose own process has exited, reaped or not: its children became superd's before the exit
    /// was visible.
    /// </summary>
    public bool IsGone(Handler handler)
    {
        if (!_owners.TryGetValue(handler.Connection.Id, out ProcessOwner? owner))
        {
            return true;
        }

        // Collects the ended strangers before it looks for new ones: their children are attributed while the parent is still known.
        List<Stranger>? ended = _strangers.Ended(stranger => stranger.IsOf(owner));
        LookForStrangers(_owners.Count <= FewHandlers);
        _strangers.Forget(ended, areChildrenSeen: !_hasMore);
        return owner.Keeps || (!_hasMore && !_strangers.All.Any(stranger => stranger.IsOf(owner)));
    }

    /// <summary>Returns a handler's live processes, its own included.</summary>
    public List<int> Find(Handler handler)
    {
        var found = new List<int>();
        if (_owners.TryGetValue(handler.Connection.Id, out ProcessOwner? owner))
        {
            LookForStrangers(amongHandlers: true);
            if (handler.IsHeld)
            {
                _strangers.SettleTracer(ChildProcess.TracerOf(handler.Pid), owner);
            }

            if (!handler.IsReaped)
            {
                Processes.AddTree(handler.Pid, found);
            }

            foreach (Stranger stranger in _strangers.All.Where(stranger => stranger.IsOf(owner)).TakeWhile(_ => found.Count < MostFound))
            {
                Processes.AddTree(stranger.Pid, found);
            }
        }

        return found;
    }

    /// <summary>Sends KILL to the <see cref="Orphans"/>, and from now on at once to each process that becomes one.</summary>
    public void KillOrphans()
    {
        LookForStrangers(amongHandlers: true);
        _strangers.KillOrphans();
    }

    public void Dispose()
    {
        _adopted?.Dispose();
        _launched?.Dispose();
    }

    private static ProcessOwner OwnerOf(long connection, ServiceDefinition definition, uint? user, long enteredNs) =>
        new(connection, !definition.EndsOrphans, definition.StopGrace, user is 0 ? null : user, enteredNs);

    private Family LookAtFamilyOf(ProcessOwner owner, Handler handler)
    {
        owner.Family = new Family(handler.Pid);
        _rounds.Add(owner);
        return owner.Family;
    }

    private void ForgetHandlerOf(ProcessOwner owner)
    {
        if (owner.Handler is { } handler && _byHandlerPid.GetValueOrDefault(handler.Pid) == owner)
        {
            _byHandlerPid.Remove(handler.Pid);
        }
    }

    private void KeepUp()
    {
        if (!_isKeptUp)
        {
            _isKeptUp = true;
            loop.Schedule(s_upkeepInterval, Upkeep);
        }
    }

    /// <summary>
    /// Reaps ended strangers, scans families, and ends the strangers that have no owner left. Repeats while any process could leave a
    /// stranger.
    /// </summary>
    private void Upkeep()
    {
        List<Stranger>? ended = _strangers.Ended(_ => true);
        LookForStrangers(amongHandlers: true);
        _strangers.Forget(ended, areChildrenSeen: !_hasMore);
        _left.ForEach(ForgetHandlerOf);
        _left.Clear();
        _rounds.Look();
        _strangers.EndOrphans();

        _isKeptUp = _owners.Count > 0 || _strangers.Count > 0;
        if (_isKeptUp)
        {
            loop.Schedule(s_upkeepInterval, Upkeep);
        }
    }

    private void OnLaunched(Handler handler, ProcessOwner owner)
    {
        owner.Handler = handler;
        owner.User = handler.UserId is 0 ? null : handler.UserId; // a user of its own is known only now
        _byHandlerPid[handler.Pid] = owner;
        _strangers.Settle(handler.Pid, owner);
        KeepUp();
    }
}
