using SuperD.Linux;

namespace SuperD.Ending;

/// <summary>
/// A process and its descendants as of the last look. While none of them has run since, none has made another process. Loop only.
/// </summary>
internal sealed class Family(int root)
{
    /// <summary>A larger family is never known to be idle; reading this many takes the loop a few milliseconds.</summary>
    private const int MostMembers = 512;

    private Member[] _members = [];
    private Member[] _former = [];
    private bool _isComplete;

    /// <summary>When the last look that read anything ended.</summary>
    private long _lookedAtNs;

    /// <summary>How many processes it had at the last look.</summary>
    public int Size => _members.Length;

    /// <summary>
    /// Whether a process was in it at one of the last two looks. Two, because a process whose parent has exited is no longer a descendant.
    /// </summary>
    public bool Knows(int pid, long startTicks) => IsAmong(_members, pid, startTicks) || IsAmong(_former, pid, startTicks);

    /// <summary>Whether it had any descendants at the last two looks.</summary>
    public bool HasDescendants => _members.Length > 1 || _former.Length > 1;

    /// <summary>
    /// Since when no member has run, which proves that none has made a process since; <see cref="long.MaxValue"/> when one has run since
    /// the last look.
    /// </summary>
    public long IdleSinceNs() => HasRun() ? long.MaxValue : _lookedAtNs;

    /// <summary>Scans it again if any member has run.</summary>
    /// <returns>How many processes it read.</returns>
    public int Look()
    {
        if (!HasRun())
        {
            return 0;
        }

        var pids = new List<int> { root };
        var members = new List<Member>();
        for (int i = 0; i < pids.Count && members.Count < MostMembers; i++)
        {
            // Reads the clock before the children: a process that forks after its list was read has also run after its clock was read.
            if (ProcessClock.TryRead(pids[i], out long ranNs) && ProcessStat.Of(pids[i]) is { } stat)
            {
                members.Add(new Member(pids[i], stat.StartTicks, ranNs));
                ProcessTable.AddChildren(pids[i], stat.Threads, pids);
            }
        }

        _isComplete = members.Count == pids.Count; // the children of a process that exited meanwhile have been reparented
        _former = _members;
        _members = [.. members];
        _lookedAtNs = ProcessClock.NowNs;
        return pids.Count;
    }

    private static bool IsAmong(Member[] members, int pid, long startTicks) =>
        Array.Exists(members, member => member.Pid == pid && member.StartTicks == startTicks);

    private bool HasRun() => !_isComplete
        || Array.Exists(_members, member => !ProcessClock.TryRead(member.Pid, out long ranNs) || ranNs != member.RanNs);

    /// <param name="RanNs">Its CPU time, from <see cref="ProcessClock"/>.</param>
    private readonly record struct Member(int Pid, long StartTicks, long RanNs);
}
