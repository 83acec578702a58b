using SuperD.Linux;

namespace SuperD.Ending;

/// <summary>
/// A process and its descendants as they were when last looked at, and since when none of them has run: since then none has made another.
/// Loop only.
/// </summary>
internal sealed class Family(int root)
{
    /// <summary>Larger families are never known to be idle; and to read one takes the loop some milliseconds.</summary>
    private const int MostMembers = 512;

    private Member[] _members = [];
    private Member[] _former = [];
    private bool _isComplete;

    /// <summary>When the last look was over that found something new.</summary>
    private long _lookedAtNs;

    /// <summary>How many processes it had.</summary>
    public int Size => _members.Length;

    /// <summary>
    /// Whether a process was in it at one of the last two looks: where its parent has ended, it is no descendant any more.
    /// </summary>
    public bool Knows(int pid, long startTicks) => IsAmong(_members, pid, startTicks) || IsAmong(_former, pid, startTicks);

    /// <summary>Whether it is known that none of it has run since a moment, and so that it has made no process since.</summary>
    public bool IsIdleSince(long ns) => _lookedAtNs <= ns && !HasRun();

    /// <summary>Looks at it again, if any of it has run.</summary>
    /// <returns>How many processes had to be read.</returns>
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
            // The clock before the children: a process that makes one after its list was read has run after its clock was.
            if (ProcessClock.TryRead(pids[i], out long ranNs) && ProcessStat.Of(pids[i]) is { } stat)
            {
                members.Add(new Member(pids[i], stat.StartTicks, ranNs));
                ProcessTable.AddChildren(pids[i], stat.Threads, pids);
            }
        }

        _isComplete = members.Count == pids.Count; // where one has ended meanwhile, its children are elsewhere now
        _former = _members;
        _members = [.. members];
        _lookedAtNs = ProcessClock.NowNs;
        return pids.Count;
    }

    private static bool IsAmong(Member[] members, int pid, long startTicks) =>
        Array.Exists(members, member => member.Pid == pid && member.StartTicks == startTicks);

    private bool HasRun() => !_isComplete
        || Array.Exists(_members, member => !ProcessClock.TryRead(member.Pid, out long ranNs) || ranNs != member.RanNs);

    /// <param name="RanNs">Its <see cref="ProcessClock"/>.</param>
    private readonly record struct Member(int Pid, long StartTicks, long RanNs);
}
