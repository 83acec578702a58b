using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Without cgroups: superd becomes the parent of every descendant that lost its own (prctl(2), PR_SET_CHILD_SUBREAPER), and asks each whose it is.</summary>
/// <remarks>
/// The kernel gives such a stranger to the first thread of superd, and handlers are children of the loop's, which is another: so the list of
/// that thread's children is a short one. Whose a stranger is tells its process group, which is its handler's unless it made its own,
/// and then SUPERD_CONNECTION in its environment. One that has hidden both is ended when every handler that lived at its first sight
/// is gone. No privilege is needed for any of it.
/// </remarks>
internal sealed class SubreaperTrees(EventLoop loop, Func<IEnumerable<Handler>> handlers, Func<long> lastConnectionId) : ProcessTrees
{
    /// <summary>From TERM to KILL for a stranger that was found when its handler had been gone for a while.</summary>
    private const long StragglerGraceMs = 5_000;

    private static readonly TimeSpan s_upkeepInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<int, Stranger> _strangers = [];
    private readonly HashSet<long> _kept = [];
    
    /// <summary>Handlers' own processes among the children of the first thread: the reaper waits for them.</summary>
    private readonly HashSet<int> _handedOver = [];
    private bool _isKeptUp;

    public const string Name = "child subreaper, by process group and environment";

    public override string Means => Name;

    /// <summary>Whether descendants can be found here: not without prctl(2) and the lists of children in /proc (CONFIG_PROC_CHILDREN).</summary>
    public static string? FindObstacle()
    {
        if (!File.Exists(ProcessFiles.ChildrenOf(Environment.ProcessId)))
        {
            return $"{ProcessFiles.ChildrenOf(Environment.ProcessId)} is not there: the kernel was built without CONFIG_PROC_CHILDREN";
        }

        SysResult result = ChildProcess.BecomeSubreaper();
        return result.IsError ? $"prctl(PR_SET_CHILD_SUBREAPER): {Errno.Describe(result.Errno)}" : null;
    }

    public override TreesHandover HandOver(KeptDescriptors kept) => new() { IsSubreaper = true, Kept = [.. _kept] };

    /// <summary>Those of superd's last version that were said to keep their processes, which still live.</summary>
    public void TakeOver(long[] kept)
    {
        _kept.UnionWith(kept);
        KeepUp();
    }

    /// <summary>The thread whose child it was is the first thread now (execve made it that), of which the strangers are children too.</summary>
    public override void TakeOver(Handler handler, string? cgroup)
    {
        if (!handler.IsReaped)
        {
            _handedOver.Add(handler.Pid);
            KeepUp();
        }
    }

    public override void Enter(Connection connection) => KeepUp();

    private void KeepUp()
    {
        if (!_isKeptUp)
        {
            _isKeptUp = true;
            loop.Schedule(s_upkeepInterval, Upkeep);
        }
    }

    public override bool IsGone(Handler handler)
    {
        _handedOver.Remove(handler.Pid); // it is reaped, and the number may be anybody's
        Look();
        if (!handler.Definition.EndsOrphans)
        {
            if (Owned(handler).Any())
            {
                _kept.Add(handler.Connection.Id);
            }

            return true;
        }

        return !Owned(handler).Any();
    }

    public override int Signal(Handler handler, int signal)
    {
        Look();
        List<int> processes = [.. Owned(handler).SelectMany(stranger => ProcessFiles.Tree(stranger.Pid))];
        if (!handler.IsReaped)
        {
            if (handler.Definition.EndsOrphans)
            {
                processes.AddRange(ProcessFiles.Tree(handler.Pid).Skip(1));
            }

            handler.Signal(signal);
        }

        SignalAll(processes, signal);
        return processes.Count;
    }

    /// <summary>Reaps the strangers that have ended, and ends those whose handlers have; as long as there is anybody who could leave one.</summary>
    private void Upkeep()
    {
        Look();
        var living = handlers().ToDictionary(handler => handler.Connection.Id);
        long oldest = living.Count > 0 ? living.Keys.Min() : long.MaxValue;
        foreach (Stranger stranger in _strangers.Values.Where(stranger => IsOrphan(stranger, living, oldest)))
        {
            stranger.OrphanSinceMs ??= loop.NowMs;
            bool isLate = loop.NowMs - stranger.OrphanSinceMs.Value >= StragglerGraceMs;
            SignalAll([.. ProcessFiles.Tree(stranger.Pid)], isLate ? Linux.Signal.SIGKILL : Linux.Signal.SIGTERM);
        }

        _isKeptUp = living.Count > 0 || _strangers.Count > 0;
        if (_isKeptUp)
        {
            loop.Schedule(s_upkeepInterval, Upkeep);
        }
    }

    /// <summary>As process 1 superd is also given processes that were never a handler's: unless they say so, they are left alone.</summary>
    private bool IsOrphan(Stranger stranger, Dictionary<long, Handler> living, long oldest) => stranger.Connection is { } connection
        ? !living.ContainsKey(connection) && !_kept.Contains(connection)
        : Environment.ProcessId != 1 && stranger.LastConnectionAtSight < oldest && _kept.Count == 0;

    private IEnumerable<Stranger> Owned(Handler handler) =>
        _strangers.Values.Where(stranger => stranger.Connection == handler.Connection.Id || stranger.Group == handler.Pid);

    /// <summary>Finds the strangers that are new, and reaps those that have ended.</summary>
    private void Look()
    {
        foreach (int pid in ProcessFiles.Children(Environment.ProcessId))
        {
            if (!_strangers.ContainsKey(pid) && !_handedOver.Contains(pid))
            {
                _strangers.Add(pid, new Stranger(pid, lastConnectionId()));
            }
        }

        foreach (Stranger stranger in _strangers.Values.ToArray())
        {
            if (ChildProcess.IsGone(stranger.Pid))
            {
                _strangers.Remove(stranger.Pid);
            }
        }

        if (_strangers.Count == 0)
        {
            _kept.Clear();
        }
    }

    /// <summary>KILL comes as a surprise: stopped first, none can fork away from it.</summary>
    private static void SignalAll(List<int> processes, int signal)
    {
        if (signal == Linux.Signal.SIGKILL)
        {
            processes.ForEach(pid => ChildProcess.Signal(pid, Linux.Signal.SIGSTOP));
        }

        processes.ForEach(pid => ChildProcess.Signal(pid, signal));
    }

    /// <summary>A descendant of some handler, now a child of superd: its number stays its own until superd reaps it.</summary>
    private sealed class Stranger(int pid, long lastConnectionAtSight)
    {
        public int Pid { get; } = pid;

        public int Group { get; } = ProcessFiles.GroupOf(pid);

        /// <summary>The connection its environment names; null when it hides that.</summary>
        public long? Connection { get; } = ProcessFiles.ConnectionOf(pid);

        public long LastConnectionAtSight { get; } = lastConnectionAtSight;

        public long? OrphanSinceMs { get; set; }
    }
}
