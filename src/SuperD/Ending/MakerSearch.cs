using SuperD.Linux;

namespace SuperD.Ending;

/// <summary>Finds who may have made the strangers of one look at superd's children; see <see cref="Descendants"/>. Loop only.</summary>
/// <remarks>
/// There may be tens of thousands of strangers, each of which may have made the next one. Therefore each family is asked only once in a
/// look whether it has run: all children of the look existed by then, so one that has not run made none of them. And known strangers are
/// compared by their makers, which many of them share, not one by one.
/// </remarks>
internal sealed class MakerSearch
{
    private readonly (ProcessOwner Owner, long IdleSinceNs)[] _owners;
    private readonly Dictionary<ProcessOwner[], Traces> _traces = new(ReferenceEqualityComparer.Instance);
    private readonly List<Stranger> _withDescendants = [];
    private readonly bool _explainsAll;

    /// <param name="owners">The connections that are not over.</param>
    /// <param name="strangers">Those that are known.</param>
    /// <param name="explainsAll">See <see cref="Descendants"/>.</param>
    public MakerSearch(IEnumerable<ProcessOwner> owners, Strangers strangers, bool explainsAll)
    {
        _owners = [.. owners.Select(owner => (owner, owner.Family?.IdleSinceNs() ?? long.MaxValue))];
        _explainsAll = explainsAll;
        foreach (Stranger stranger in strangers.All)
        {
            Add(stranger);
        }

        foreach ((ProcessOwner[] makers, long startTicks) in strangers.Forgotten)
        {
            TracesOf(makers).Add(startTicks, idleSinceNs: long.MaxValue);
        }
    }

    /// <summary>Adds one that this look has found: it may have made others.</summary>
    public void Add(Stranger stranger)
    {
        if (stranger.Family.HasDescendants)
        {
            _withDescendants.Add(stranger);
        }

        TracesOf(stranger.Owners).Add(stranger.Stat.StartTicks, stranger.Family.IdleSinceNs());
    }

    /// <summary>This owner alone.</summary>
    public Makers Only(ProcessOwner owner) => new(Same([owner]));

    /// <summary>Those who may have made a process, by the second rule and the third.</summary>
    public Makers MakersOf(int pid, ProcessStat stat)
    {
        if (_withDescendants.Find(stranger => stranger.Family.Knows(pid, stat.StartTicks)) is { } ancestor)
        {
            return ancestor.Makers;
        }

        uint[] users = ProcessTable.UsersOf(pid);
        var makers = new HashSet<ProcessOwner>();
        foreach ((ProcessOwner owner, long idleSinceNs) in _owners)
        {
            if (owner.Family?.Knows(pid, stat.StartTicks) == true)
            {
                return Only(owner);
            }

            if (idleSinceNs > stat.StartedAtNs && owner.MayHaveMade(stat, users))
            {
                makers.Add(owner);
            }
        }

        foreach ((ProcessOwner[] owners, Traces traces) in _traces)
        {
            if (traces.MayHaveMade(stat))
            {
                makers.UnionWith(owners.Where(owner => owner.MayHaveMade(stat, users)));
            }
        }

        return makers.Count == 0 && !_explainsAll ? Only(ProcessOwner.Outside) : new Makers(Same(makers));
    }

    private Traces TracesOf(ProcessOwner[] makers)
    {
        if (!_traces.TryGetValue(makers, out Traces? traces))
        {
            traces = new Traces();
            _traces.Add(makers, traces);
        }

        return traces;
    }

    /// <summary>The array of these makers.</summary>
    private ProcessOwner[] Same(HashSet<ProcessOwner> makers) =>
        _traces.Keys.FirstOrDefault(owners => owners.Length == makers.Count && makers.SetEquals(owners)) ?? [.. makers];

    /// <summary>Since when strangers with the same makers have been there, and have been idle.</summary>
    private sealed class Traces
    {
        /// <summary>The start of the oldest that has run since it was looked at.</summary>
        private long _activeTicks = long.MaxValue;

        /// <summary>The start of the oldest that is idle, and since when the last of these is.</summary>
        private long _idleTicks = long.MaxValue;
        private long _idleSinceNs;

        public void Add(long startTicks, long idleSinceNs)
        {
            if (idleSinceNs == long.MaxValue)
            {
                _activeTicks = Math.Min(_activeTicks, startTicks);
            }
            else
            {
                _idleTicks = Math.Min(_idleTicks, startTicks);
                _idleSinceNs = Math.Max(_idleSinceNs, idleSinceNs);
            }
        }

        /// <summary>Whether one of them may have made a process: it is not younger, and has run since.</summary>
        public bool MayHaveMade(ProcessStat made) =>
            _activeTicks <= made.StartTicks || (_idleTicks <= made.StartTicks && _idleSinceNs > made.StartedAtNs);
    }
}
