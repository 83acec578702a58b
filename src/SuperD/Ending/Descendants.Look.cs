using System.Diagnostics;
using SuperD.Linux;

namespace SuperD.Ending;

/// <summary>The look at superd's children, which finds strangers.</summary>
internal sealed partial class Descendants
{
    /// <summary>With so many strangers a look may take long; with fewer, a look that took long has only lost the processor.</summary>
    private const int Crowd = 256;

    /// <summary>How many new strangers a look takes in at least.</summary>
    private const int LeastNew = 64;

    /// <summary>After a look at a crowd the loop does other things this many times as long.</summary>
    private const int PauseAfterLook = 2;

    private static readonly TimeSpan s_longestLook = TimeSpan.FromMilliseconds(20);

    private readonly List<int> _children = [];
    private OwnChildren? _adopted;
    private OwnChildren? _launched;

    /// <summary>Whether superd may have children that no look has seen.</summary>
    private bool _hasMore;

    /// <summary>With so many strangers the present look may end.</summary>
    private int _enough;

    /// <summary>When the next look may be, on the clock of <see cref="Stopwatch"/>.</summary>
    private long _nextLook;

    /// <summary>Looks for strangers that are not known yet, unless a long look was just now; see <see cref="_hasMore"/>.</summary>
    /// <param name="amongHandlers">Whether to search the children of the loop's thread too.</param>
    /// <param name="areOutside">Whether those that it finds come from outside.</param>
    private void LookForStrangers(bool amongHandlers, bool areOutside = false)
    {
        long began = Stopwatch.GetTimestamp();
        if (began < _nextLook)
        {
            _hasMore = true;
            return;
        }

        _enough = _strangers.Count + LeastNew;
        _hasMore = !LookAmong(_adopted ??= OwnChildren.OfFirstThread(), began, areOutside)
            || (amongHandlers && !LookAmong(_launched ??= OwnChildren.OfThisThread(), began, areOutside));
        if (_strangers.Count > Crowd)
        {
            long ended = Stopwatch.GetTimestamp();
            _nextLook = ended + (PauseAfterLook * (ended - began));
        }
    }

    /// <returns>Whether it has seen all of them.</returns>
    private bool LookAmong(OwnChildren? children, long began, bool areOutside)
    {
        children?.Restart();
        for (bool hasMore = children is not null; hasMore;)
        {
            _children.Clear();
            hasMore = children!.AddNext(_children);
            MakerSearch? search = null; // for these children only: others may have been made since
            foreach (int pid in _children)
            {
                if (!IsKnown(pid) && ProcessStat.Of(pid) is { } stat && (Strangers.AreReapedHere || !stat.HasEnded))
                {
                    search ??= new MakerSearch(_owners.Values, _strangers, explainsAll);
                    search.Add(Add(pid, stat, areOutside ? search.Only(ProcessOwner.Outside) : MakersOf(pid, stat, search)));
                    if (_strangers.Count >= _enough && Stopwatch.GetElapsedTime(began) > s_longestLook)
                    {
                        return false;
                    }
                }
            }
        }

        return true;
    }

    private bool IsKnown(int pid) =>
        (_byHandlerPid.TryGetValue(pid, out ProcessOwner? owner) && owner.Handler is { IsReaped: false })
        || _strangers.Contains(pid)
        || isLaunched(pid);

    private Stranger Add(int pid, ProcessStat stat, Makers makers)
    {
        var stranger = new Stranger(pid, stat, makers);
        _strangers.Add(stranger);
        if (!stat.HasEnded) // else it has no descendants, and may have run until now
        {
            _ = stranger.Family.Look();
            _rounds.Add(stranger);
        }

        return stranger;
    }

    private Makers MakersOf(int pid, ProcessStat stat, MakerSearch search) =>
        _byHandlerPid.TryGetValue(stat.Session, out ProcessOwner? leader) ? search.Only(leader) : search.MakersOf(pid, stat);
}
