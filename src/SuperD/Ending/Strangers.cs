using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Ending;

/// <summary>The strangers: processes whose parent has exited, now children of superd. See <see cref="Descendants"/>. Loop only.</summary>
internal sealed class Strangers(EventLoop loop)
{
    /// <summary>How many orphans one turn of the loop signals, each with its tree.</summary>
    private const int MostEnded = 512;

    private static readonly TimeSpan s_endingInterval = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<int, Stranger> _byPid = [];
    private readonly Dictionary<ProcessOwner[], long> _forgotten = new(ReferenceEqualityComparer.Instance);
    private bool _isEnding;

    /// <summary>Whose turn it is among more than <see cref="MostEnded"/> orphans.</summary>
    private uint _turn;
    private bool _killsAtOnce;

    /// <summary>False if superd is process 1: its orphan reaper then reaps all children and logs them.</summary>
    public static bool AreReapedHere { get; } = Environment.ProcessId != 1;

    public int Count => _byPid.Count;

    public IEnumerable<Stranger> All => _byPid.Values;

    /// <summary>
    /// Who may have made those that were forgotten before all their children were seen, and the start of the oldest such, in ticks.
    /// </summary>
    public IReadOnlyDictionary<ProcessOwner[], long> Forgotten => _forgotten;

    /// <summary>How many are left of connections that are all over, and are being ended.</summary>
    public int Orphans => _byPid.Count == 0 ? 0 : _byPid.Values.Count(stranger => stranger.IsOrphan);

    public bool Contains(int pid) => _byPid.ContainsKey(pid);

    public void Add(Stranger stranger) => _byPid.Add(stranger.Pid, stranger);

    /// <summary>
    /// Runs when a handler is known. A stranger of its session that was found earlier is its own, with all that descend from that one, or
    /// that it descends from.
    /// </summary>
    public void Settle(int session, ProcessOwner owner) =>
        Settle(stranger => stranger.Stat.Session == session && !stranger.IsOf(owner), owner);

    /// <summary>
    /// Runs when a process traces an ended handler. If that process is a stranger, or descends from one, that the handler may have made,
    /// the stranger is the handler's: otherwise each could wait for the other.
    /// </summary>
    /// <param name="tracer">The process; 0 = none.</param>
    public void SettleTracer(int tracer, ProcessOwner owner)
    {
        if (tracer != 0)
        {
            Settle(stranger => stranger.Owners.Length > 1 && stranger.Owners.Contains(owner) && IsInTree(stranger.Pid, tracer), owner);
        }
    }

    /// <summary>Returns those that have ended and are not forgotten yet; null if there are none.</summary>
    public List<Stranger>? Ended(Func<Stranger, bool> isMeant)
    {
        List<Stranger>? ended = null;
        foreach (Stranger stranger in _byPid.Values)
        {
            if (isMeant(stranger) && ChildProcess.HasEnded(stranger.Pid))
            {
                (ended ??= []).Add(stranger);
            }
        }

        return ended;
    }

    /// <summary>Reaps and forgets those that have ended.</summary>
    /// <param name="areChildrenSeen">Whether a look has seen all children of superd since they have.</param>
    public void Forget(List<Stranger>? ended, bool areChildrenSeen)
    {
        if (areChildrenSeen)
        {
            _forgotten.Clear();
        }

        foreach (Stranger stranger in ended ?? [])
        {
            if (!areChildrenSeen)
            {
                _forgotten[stranger.Owners] = Math.Min(
                    stranger.Stat.StartTicks, _forgotten.GetValueOrDefault(stranger.Owners, long.MaxValue));
            }

            stranger.HasEnded = true;
            _byPid.Remove(stranger.Pid);
            if (AreReapedHere)
            {
                _ = ChildProcess.ReapNow(stranger.Pid, out _);
            }
        }
    }

    /// <summary>Ends the orphans: TERM, and KILL after the longest <c>stop_grace</c> of the connections they may come from.</summary>
    public void EndOrphans()
    {
        if (!_isEnding)
        {
            EndAndLookAgain();
        }
    }

    /// <summary>Sends KILL to the orphans, and from now on at once to each process that becomes one.</summary>
    public void KillOrphans()
    {
        _killsAtOnce = true;
        EndOrphans();
    }

    private void Settle(Predicate<Stranger> isOfOwner, ProcessOwner owner)
    {
        foreach (Stranger found in _byPid.Values)
        {
            if (isOfOwner(found))
            {
                found.Makers.Owners = [owner];
            }
        }
    }

    private static bool IsInTree(int root, int pid)
    {
        var tree = new List<int>();
        Processes.AddTree(root, tree);
        return tree.Contains(pid);
    }

    private void EndAndLookAgain()
    {
        Forget(Ended(stranger => stranger.IsOrphan), areChildrenSeen: false);
        List<Stranger> orphans = [.. _byPid.Values.Where(stranger => stranger.IsOrphan)];
        _isEnding = orphans.Count > 0;
        for (int i = 0; i < Math.Min(orphans.Count, MostEnded); i++)
        {
            End(orphans[(int)((_turn++) % (uint)orphans.Count)]);
        }

        if (_isEnding)
        {
            loop.Schedule(s_endingInterval, EndAndLookAgain);
        }
    }

    private void End(Stranger orphan)
    {
        bool isFirst = orphan.OrphanSinceMs is null;
        long sinceMs = orphan.OrphanSinceMs ??= loop.NowMs;
        if (_killsAtOnce || loop.NowMs - sinceMs >= orphan.StopGrace.TotalMilliseconds)
        {
            _ = Processes.Signal(Tree, Signal.SIGKILL);
        }
        else if (isFirst)
        {
            _ = Processes.Signal(Tree, Signal.SIGTERM);
            _ = Processes.Signal(Tree, Signal.SIGCONT);
        }

        List<int> Tree()
        {
            var tree = new List<int>();
            Processes.AddTree(orphan.Pid, tree);
            return tree;
        }
    }
}
