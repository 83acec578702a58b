using Microsoft.Extensions.Logging;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Each handler is born into a cgroup v2 of its own, which no fork, session or double fork leaves.</summary>
/// <remarks>
/// The groups are used again, one after the other: to make and remove one costs more than the launch itself. The files of those that are used
/// for one handler after the other, none of which lives long, stay open. The directory above them is locked as long as superd lives, so that a
/// later superd knows what was left behind by one that was killed. A group that got cgroup.kill is never used again: on Linux 6.18 every child
/// born into it later is killed at birth, since its kill count differs from that of its parent's group.
/// </remarks>
internal sealed class CgroupTrees : ProcessTrees
{
    /// <summary>Free groups whose files stay open while handlers live; none where descriptors are few.</summary>
    private const int MostOpen = 64;

    private const ulong FewDescriptors = 4096;

    // A superd to which nobody comes holds open nothing it does not need.
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(1);

    private readonly Cgroup _parent;
    private readonly string _name;
    private readonly Cgroup _groups;
    private readonly EventLoop _loop;
    private readonly int _mostOpen;
    private readonly Stack<LeafCgroup> _free = new();
    private readonly Stack<LeafCgroup> _freeAndOpen = new();
    private readonly HashSet<LeafCgroup> _killed = [];
    private readonly HashSet<string> _handedKilled = [];
    private LeftoverGroups? _leftovers;
    private int _count;
    private int _inUse;
    private int _inUseAndOpen;
    private bool _isResting;

    private CgroupTrees(Cgroup parent, string name, Cgroup groups, EventLoop loop, ulong mostDescriptors)
    {
        _parent = parent;
        _name = name;
        _groups = groups;
        _loop = loop;
        _mostOpen = mostDescriptors < FewDescriptors ? 0 : MostOpen;
    }

    public override string Means => MeansIn(_groups.Path);

    public override int Descriptors => (_inUseAndOpen + _freeAndOpen.Count) * LeafCgroup.OpenFiles;

    public static string MeansIn(string path) => $"cgroup v2 in {path}";

    /// <summary>Makes superd's own directory in the group superd is in, and shows that a child can be born below it.</summary>
    /// <param name="parent">The group superd is in; kept, or closed when this fails.</param>
    /// <param name="name">The directory's name; nobody else's.</param>
    /// <param name="mostDescriptors">The hard limit of open files.</param>
    /// <returns>Null with the reason when this machine does not allow it.</returns>
    public static CgroupTrees? TryCreate(Cgroup parent, string name, ProcessLauncher launcher, EventLoop loop, ulong mostDescriptors, out string? obstacle)
    {
        obstacle = TryMake(parent, name, out Cgroup? groups);
        if (groups is null)
        {
            parent.Dispose();
            return null;
        }

        var trees = new CgroupTrees(parent, name, groups, loop, mostDescriptors);
        obstacle = trees.TryUse(launcher);
        if (obstacle is not null)
        {
            trees.Dispose();
            return null;
        }

        return trees;
    }

    /// <summary>Goes on with the groups of superd's last version.</summary>
    /// <returns>Null when the group superd is in cannot be opened any more.</returns>
    public static CgroupTrees? TakeOver(CgroupsHandover handed, Fd directory, EventLoop loop, ulong mostDescriptors)
    {
        _ = Cgroup.Open(handed.Parent, out Cgroup? parent);
        if (parent is null)
        {
            directory.Dispose();
            return null;
        }

        var trees = new CgroupTrees(parent, handed.Name, Cgroup.OfOpen($"{handed.Parent}/{handed.Name}", directory), loop, mostDescriptors) { _count = handed.Count };
        foreach (string name in handed.Free)
        {
            trees._free.Push(new LeafCgroup(trees._groups, name));
        }

        trees._handedKilled.UnionWith(handed.Killed);
        return trees;
    }

    public override void TakeOver(Handler handler, string? cgroup)
    {
        if (cgroup is null)
        {
            return;
        }

        var leaf = new LeafCgroup(_groups, cgroup);
        handler.Connection.Cgroup = leaf;
        _inUse++;
        if (_handedKilled.Contains(cgroup))
        {
            _killed.Add(leaf);
        }
    }

    public override TreesHandover HandOver(KeptDescriptors kept) =>
        new() { Cgroups = new CgroupsHandover(_parent.Path, _name, kept.Keep(_groups.Directory), _count, NamesOf(_free.Concat(_freeAndOpen)), NamesOf(_killed)) };

    public override void Enter(Connection connection)
    {
        if (connection.Definition.EndsOrphans)
        {
            LeafCgroup leaf = _freeAndOpen.Count > 0 ? _freeAndOpen.Pop() : _free.Count > 0 ? _free.Pop() : new LeafCgroup(_groups, $"{_count++}");
            leaf.StaysOpen = _mostOpen > 0;
            _inUse++;
            _inUseAndOpen += leaf.StaysOpen ? 1 : 0;
            connection.Cgroup = leaf;
        }
    }

    public override void OnGrown(Handler handler)
    {
        if (handler.Connection.Cgroup is { StaysOpen: true } leaf)
        {
            leaf.StaysOpen = false;
            leaf.Close();
            _inUseAndOpen--;
        }
    }

    public override void Leave(Connection connection)
    {
        if (connection.Cgroup is not { } leaf)
        {
            return;
        }

        connection.Cgroup = null;
        if (--_inUse == 0 && !_isResting)
        {
            _isResting = true;
            _loop.Schedule(s_rest, Rest);
        }

        _inUseAndOpen -= leaf.StaysOpen ? 1 : 0;
        if (leaf.StaysOpen && _freeAndOpen.Count < _mostOpen && !_killed.Contains(leaf))
        {
            _freeAndOpen.Push(leaf);
            return;
        }

        leaf.Dispose();
        if (_killed.Remove(leaf))
        {
            _ = _groups.Remove(leaf.Name); // its name is not used again either
        }
        else
        {
            _free.Push(leaf);
        }
    }

    public override bool IsKnownGone(Handler handler) => IsGone(handler);

    public override bool IsGone(Handler handler) => handler.Connection.Cgroup is not { } leaf || !leaf.IsPopulated();

    public override int Signal(Handler handler, int signal)
    {
        if (handler.Connection.Cgroup is not { } leaf)
        {
            handler.Signal(signal);
            return 1;
        }

        if (signal == Linux.Signal.SIGKILL)
        {
            _killed.Add(leaf);
        }

        return _groups.Signal(leaf.Name, signal);
    }

    /// <summary>Ends what earlier superds with the same beginning of their names have left.</summary>
    /// <param name="grace">How long it may go on first.</param>
    public void SweepLeftovers(string prefix, EventLoop loop, TimeSpan grace, ILogger log)
    {
        _leftovers = new LeftoverGroups(loop, _parent, grace, log);
        _leftovers.Sweep(prefix);
    }

    public override void Dispose()
    {
        _leftovers?.Dispose();
        foreach (LeafCgroup leaf in _free.Concat(_freeAndOpen))
        {
            leaf.Dispose();
        }

        foreach (string name in _groups.Names())
        {
            _ = _groups.Remove(name);
        }

        _ = _parent.Remove(_name);
        _groups.Dispose();
        _parent.Dispose();
    }

    private static string? TryMake(Cgroup parent, string name, out Cgroup? groups)
    {
        groups = null;
        string path = $"{parent.Path}/{name}";
        SysResult result = parent.Create(name);
        if (result.IsError && result.Errno != Errno.EEXIST)
        {
            return Obstacle("mkdir", path, result);
        }

        result = Cgroup.Open(path, out groups);
        return groups is null ? Obstacle("open", path, result) : null;
    }

    /// <summary>Marks superd's directory as in use, and has a child be born into the first group in it.</summary>
    /// <returns>What stands in the way; null when nothing does.</returns>
    private string? TryUse(ProcessLauncher launcher)
    {
        const string First = "0";
        SysResult result = _groups.TryLock();
        if (result.IsError)
        {
            return Obstacle("flock", _groups.Path, result);
        }

        result = _groups.CreateAndOpen(First, out Fd? directory);
        if (directory is null)
        {
            return Obstacle("mkdir", _groups.Path, result);
        }

        result = launcher.TryCgroup(directory);
        directory.Dispose();
        if (result.IsError)
        {
            return Obstacle("clone3 into", _groups.Path, result);
        }

        _count = 1;
        _free.Push(new LeafCgroup(_groups, First));
        return null;
    }

    /// <summary>No handler lives, or did for a moment at least.</summary>
    private void Rest()
    {
        _isResting = false;
        if (_inUse == 0)
        {
            while (_freeAndOpen.TryPop(out LeafCgroup? leaf))
            {
                leaf.Dispose();
                _free.Push(leaf);
            }
        }
    }

    private static string[] NamesOf(IEnumerable<LeafCgroup> leaves) => [.. leaves.Select(leaf => leaf.Name)];

    private static string Obstacle(string step, string path, SysResult result) => $"{step} {path}: {Errno.Describe(result.Errno)}";
}
