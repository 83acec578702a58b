using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>
/// Knows whose every process below superd is, as far as the kernel can tell: no process is asked, nor anything it could forge. Loop only.
/// </summary>
/// <remarks>
/// superd is a subreaper (prctl(2), PR_SET_CHILD_SUBREAPER): a process whose parent has ended becomes its child, a <em>stranger</em>. The
/// kernel gives strangers to the first thread of superd, and handlers are children of the loop's, so the list of strangers is a short one.
/// Only what a handler makes with CLONE_PARENT is among the handlers. Whose a stranger is, in this order:
/// <list type="number">
/// <item>Its session began with a handler: a process can leave its session for a new one only, and never join another.</item>
/// <item>It was seen before, as a descendant of a handler or of a stranger: by its pid and its start time it is still the same.</item>
/// <item>It has hidden between two looks. Then it is of one of those who can have made it: a handler that is not younger, whose user may
/// have been its user, and of whose processes one has run since it was made. A handler that was idle since before that has made nothing, as
/// the clock of its processes shows to the nanosecond. Where only one is left, it is that one's. Where more are left, it is ended
/// when all of them are gone. Where none is left, it came from outside.</item>
/// </list>
/// The cost: a handler is looked at when it is 10 ms old, and from then on once a second, by one system call for each of its processes as
/// long as those do not run; at most about <see cref="FamilyRounds.ClocksPerLook"/> processes at a time, in turn, of which about
/// <see cref="FamilyRounds.ReadsPerLook"/> are read from /proc. With more handlers each is looked at less often. A stranger that has hidden costs one
/// pass over the handlers, and of new strangers at most <see cref="MostNew"/> are taken at a time.
/// </remarks>
/// <param name="isLaunched">Whether a child of superd's is one that it launches itself, and that is no handler yet.</param>
/// <param name="explainsAll">Whether every stranger after the start is a handler's; false where superd is also given others (as process
/// 1), or does not know of every handler.</param>
internal sealed class Descendants(EventLoop loop, Predicate<int> isLaunched, bool explainsAll) : IDisposable
{
    /// <summary>How many new strangers are taken in one turn of the loop.</summary>
    private const int MostNew = 256;

    /// <summary>
    /// With more handlers than these, the long list of superd's own children is read once a second only, and not at the end of each.
    /// </summary>
    private const int FewHandlers = 64;

    /// <summary>From TERM to KILL for a stranger whose owners are all gone.</summary>
    private const long StragglerGraceMs = 5_000;

    private static readonly TimeSpan s_upkeepInterval = TimeSpan.FromSeconds(1);

    /// <summary>Where superd is process 1, its sweep reaps whatever has ended, and logs it.</summary>
    private static readonly bool s_reaps = Environment.ProcessId != 1;

    private readonly Dictionary<long, ProcessOwner> _owners = [];
    private readonly Dictionary<int, ProcessOwner> _byHandlerPid = [];
    private readonly Dictionary<int, Stranger> _strangers = [];
    private readonly FamilyRounds _rounds = new();
    private readonly List<ProcessOwner> _left = [];
    private readonly List<int> _children = [];
    private OwnChildren? _adopted;
    private OwnChildren? _launched;
    private bool _isKeptUp;
    private bool _hasMore;

    /// <summary>Descriptors it keeps.</summary>
    public const int Descriptors = 2;

    /// <summary>
    /// Null, or why descendants cannot be found here: not without prctl(2) and the lists of children in /proc (CONFIG_PROC_CHILDREN).
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

    /// <summary>Children that superd was started with are nobody's.</summary>
    public void Begin()
    {
        LookForStrangers(amongHandlers: false, (_, _) => [ProcessOwner.Outside]);
        KeepUp();
    }

    /// <summary>Goes on with the strangers of superd's last version. Its handlers come by <see cref="Adopt"/>.</summary>
    public void Inherit(IEnumerable<StrangerHandover> strangers)
    {
        var over = new Dictionary<long, ProcessOwner>();
        foreach (StrangerHandover handed in strangers)
        {
            if (ProcessStat.Of(handed.Pid) is { } stat && stat.StartTicks == handed.StartTicks)
            {
                Add(handed.Pid, stat, [.. handed.Owners.Select(OwnerOf)]);
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
                owner = new ProcessOwner(handed.Connection, handed.Keeps, user: null, enteredNs: 0) { IsOver = handed.IsOver };
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
    /// A handler of superd's last version, or from before descendants were looked for: what it has done so far is not known.
    /// </summary>
    public void Adopt(Handler handler)
    {
        if (!_owners.TryGetValue(handler.Connection.Id, out ProcessOwner? owner))
        {
            long startedNs = handler.IsReaped ? 0 : ProcessStat.Of(handler.Pid)?.StartedAtNs ?? 0;
            owner = new ProcessOwner(handler.Connection.Id, !handler.Definition.EndsOrphans, user: null, startedNs);
            _owners.Add(handler.Connection.Id, owner);
        }

        OnLaunched(handler, owner);
        if (!handler.IsReaped)
        {
            LookAtFamilyOf(owner, handler); // in its turn: there may be thousands
        }
    }

    /// <summary>The strangers, for superd's next version.</summary>
    public StrangerHandover[] HandOver()
    {
        LookForStrangers(amongHandlers: true, MakersOf);
        return
        [
            .. _strangers.Values.Select(stranger => new StrangerHandover(
                stranger.Pid,
                stranger.Stat.StartTicks,
                [.. stranger.Owners.Select(owner => new OwnerHandover(owner.Connection, owner.Keeps, owner.IsOver))])),
        ];
    }

    /// <summary>A connection is about to be launched.</summary>
    public void Enter(Connection connection)
    {
        uint user = connection.Definition.Process.Credentials?.UserId ?? UnixSocket.OwnUserId;
        bool keeps = !connection.Definition.EndsOrphans;
        _owners.Add(connection.Id, new ProcessOwner(connection.Id, keeps, user == 0 ? null : user, ProcessClock.NowNs));
        KeepUp();
    }

    /// <summary>Its handler is there.</summary>
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

    /// <summary>The handler lives longer than most: what it does is looked at from now on.</summary>
    public void OnGrown(Handler handler)
    {
        if (!handler.IsReaped && _owners.TryGetValue(handler.Connection.Id, out ProcessOwner? owner))
        {
            _ = LookAtFamilyOf(owner, handler).Look();
        }
    }

    /// <summary>The connection is over.</summary>
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
                _left.Add(owner); // what it made beside itself may not have been found yet
            }
        }
    }

    /// <summary>
    /// Whether nothing is left of a handler whose own process has ended, reaped or not: its children became superd's before that could be
    /// seen.
    /// </summary>
    public bool IsGone(Handler handler)
    {
        if (!_owners.TryGetValue(handler.Connection.Id, out ProcessOwner? owner))
        {
            return true;
        }

        // First who has ended, then who is new: its children are found while it is still known.
        List<Stranger>? ended = Ended(stranger => stranger.IsOf(owner));
        LookForStrangers(_owners.Count <= FewHandlers, MakersOf);
        Forget(ended);
        return owner.Keeps || (!_hasMore && !_strangers.Values.Any(stranger => stranger.IsOf(owner)));
    }

    /// <summary>The processes of a handler that have not ended, its own among them.</summary>
    public List<int> Find(Handler handler)
    {
        var found = new List<int>();
        if (_owners.TryGetValue(handler.Connection.Id, out ProcessOwner? owner))
        {
            LookForStrangers(amongHandlers: true, MakersOf);
            if (!handler.IsReaped)
            {
                Processes.AddTree(handler.Pid, found);
            }

            foreach (Stranger stranger in _strangers.Values.Where(stranger => stranger.IsOf(owner)))
            {
                Processes.AddTree(stranger.Pid, found);
            }
        }

        return found;
    }

    public void Dispose()
    {
        _adopted?.Dispose();
        _launched?.Dispose();
    }

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
    /// Reaps the strangers that have ended, looks at families, and ends those of which no owner is left; as long as there is anybody who
    /// could leave one.
    /// </summary>
    private void Upkeep()
    {
        List<Stranger>? ended = Ended(_ => true);
        LookForStrangers(amongHandlers: true, MakersOf);
        Forget(ended);
        _left.ForEach(ForgetHandlerOf);
        _left.Clear();
        _rounds.Look();
        foreach (Stranger stranger in _strangers.Values.Where(stranger => stranger.IsOrphan))
        {
            End(stranger);
        }

        _isKeptUp = _owners.Count > 0 || _strangers.Count > 0;
        if (_isKeptUp)
        {
            loop.Schedule(s_upkeepInterval, Upkeep);
        }
    }

    private void End(Stranger stranger)
    {
        stranger.OrphanSinceMs ??= loop.NowMs;
        if (loop.NowMs - stranger.OrphanSinceMs.Value < StragglerGraceMs)
        {
            _ = Processes.Signal(Tree, Signal.SIGTERM);
            _ = Processes.Signal(Tree, Signal.SIGCONT);
        }
        else
        {
            _ = Processes.Signal(Tree, Signal.SIGKILL);
        }

        List<int> Tree()
        {
            var tree = new List<int>();
            Processes.AddTree(stranger.Pid, tree);
            return tree;
        }
    }

    private void OnLaunched(Handler handler, ProcessOwner owner)
    {
        owner.Handler = handler;
        _byHandlerPid[handler.Pid] = owner;
        KeepUp();
    }

    /// <param name="amongHandlers">Whether to look among the children of the loop's thread too.</param>
    private void LookForStrangers(bool amongHandlers, Func<int, ProcessStat, ProcessOwner[]> ownersOf)
    {
        _children.Clear();
        (_adopted ??= OwnChildren.OfFirstThread())?.AddTo(_children);
        int strangers = _children.Count;
        if (amongHandlers)
        {
            (_launched ??= OwnChildren.OfThisThread())?.AddTo(_children);
        }

        _hasMore = false;
        int known = _strangers.Count;
        for (int i = 0; i < _children.Count && !_hasMore; i++)
        {
            int pid = _children[i];
            bool isHandler = _byHandlerPid.TryGetValue(pid, out ProcessOwner? owner) && owner.Handler is { IsReaped: false };
            bool isKnown = isHandler || _strangers.ContainsKey(pid) || (i >= strangers && isLaunched(pid));
            if (!isKnown && ProcessStat.Of(pid) is { } stat && (s_reaps || !stat.HasEnded))
            {
                Add(pid, stat, ownersOf(pid, stat));
                _hasMore = _strangers.Count - known == MostNew;
            }
        }
    }

    private void Add(int pid, ProcessStat stat, ProcessOwner[] owners)
    {
        var stranger = new Stranger(pid, stat, owners);
        _strangers.Add(pid, stranger);
        _ = stranger.Family.Look();
        _rounds.Add(stranger);
    }

    private ProcessOwner[] MakersOf(int pid, ProcessStat stat)
    {
        if (_byHandlerPid.TryGetValue(stat.Session, out ProcessOwner? leader))
        {
            return [leader];
        }

        uint[] users = ProcessTable.UsersOf(pid);
        var makers = new HashSet<ProcessOwner>();
        foreach (ProcessOwner owner in _owners.Values)
        {
            if (owner.Family?.Knows(pid, stat.StartTicks) == true)
            {
                return [owner];
            }

            if (owner.MayHaveMade(stat, users) && owner.Family?.IsIdleSince(stat.StartedAtNs) != true)
            {
                makers.Add(owner);
            }
        }

        foreach (Stranger stranger in _strangers.Values)
        {
            if (stranger.Family.Knows(pid, stat.StartTicks))
            {
                return stranger.Owners;
            }

            if (stranger.Stat.StartTicks <= stat.StartTicks && !stranger.Family.IsIdleSince(stat.StartedAtNs))
            {
                makers.UnionWith(stranger.Owners.Where(owner => owner.MayHaveMade(stat, users)));
            }
        }

        return makers.Count == 0 && !explainsAll ? [ProcessOwner.Outside] : [.. makers];
    }

    /// <summary>Those strangers that have ended, still known; null for none.</summary>
    private List<Stranger>? Ended(Func<Stranger, bool> isMeant)
    {
        List<Stranger>? ended = null;
        foreach (Stranger stranger in _strangers.Values)
        {
            if (isMeant(stranger) && ChildProcess.HasEnded(stranger.Pid))
            {
                (ended ??= []).Add(stranger);
            }
        }

        return ended;
    }

    private void Forget(List<Stranger>? ended)
    {
        foreach (Stranger stranger in ended ?? [])
        {
            stranger.HasEnded = true;
            _strangers.Remove(stranger.Pid);
            if (s_reaps)
            {
                _ = ChildProcess.ReapNow(stranger.Pid, out _);
            }
        }
    }
}
