using Microsoft.Extensions.Logging;
using SuperD.Configuration;
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
/// A handler that runs as superd's own user, or as root, may write to the files of all these groups: it can move itself to another one and
/// freeze the one it leaves. Where there is such a service superd is a subreaper too (<see cref="Descendants"/>), and a group is looked at
/// before it is used again. Handlers of other users cost nothing of that.
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
    private readonly Func<Descendants?> _findDescendants;
    private readonly Func<IEnumerable<Handler>> _handlers;
    private readonly Stack<LeafCgroup> _free = new();
    private readonly Stack<LeafCgroup> _freeAndOpen = new();
    private readonly HashSet<LeafCgroup> _killed = [];
    private readonly HashSet<string> _handedKilled = [];
    private readonly List<string> _dropped = [];
    private Descendants? _descendants;
    private bool _hasLookedForDescendants;
    private LeftoverGroups? _leftovers;
    private int _count;
    private int _inUse;
    private int _inUseAndOpen;
    private bool _isResting;

    private CgroupTrees(
        Cgroup parent,
        string name,
        Cgroup groups,
        EventLoop loop,
        ulong mostDescriptors,
        Func<Descendants?> findDescendants,
        Func<IEnumerable<Handler>> handlers)
    {
        _parent = parent;
        _name = name;
        _groups = groups;
        _loop = loop;
        _findDescendants = findDescendants;
        _handlers = handlers;
        _mostOpen = mostDescriptors < FewDescriptors ? 0 : MostOpen;
    }

    public override string Means => MeansIn(_groups.Path);

    public override int Descriptors =>
        ((_inUseAndOpen + _freeAndOpen.Count) * LeafCgroup.OpenFiles) + (_descendants is null ? 0 : Descendants.Descriptors);

    public static string MeansIn(string path) => $"cgroup v2 in {path}";

    /// <summary>Makes superd's own directory in the group superd is in, and shows that a child can be born below it.</summary>
    /// <param name="parent">The group superd is in; kept, or closed when this fails.</param>
    /// <param name="name">The directory's name; nobody else's.</param>
    /// <param name="mostDescriptors">The hard limit of open files.</param>
    /// <param name="findDescendants">Makes superd a subreaper; null where it cannot be one.</param>
    /// <param name="handlers">The handlers that live.</param>
    /// <returns>Null with the reason when this machine does not allow it.</returns>
    public static CgroupTrees? TryCreate(
        Cgroup parent,
        string name,
        ProcessLauncher launcher,
        EventLoop loop,
        ulong mostDescriptors,
        Func<Descendants?> findDescendants,
        Func<IEnumerable<Handler>> handlers,
        out string? obstacle)
    {
        obstacle = TryMake(parent, name, out Cgroup? groups);
        if (groups is null)
        {
            parent.Dispose();
            return null;
        }

        var trees = new CgroupTrees(parent, name, groups, loop, mostDescriptors, findDescendants, handlers);
        obstacle = trees.TryUse(launcher);
        if (obstacle is not null)
        {
            trees.Dispose();
            return null;
        }

        return trees;
    }

    /// <summary>Goes on with the groups of superd's last version, which stays a subreaper if that was one.</summary>
    /// <returns>Null when the group superd is in cannot be opened any more.</returns>
    public static CgroupTrees? Inherit(
        TreesHandover last,
        CgroupsHandover handed,
        Fd directory,
        EventLoop loop,
        ulong mostDescriptors,
        Func<Descendants?> findDescendants,
        Func<IEnumerable<Handler>> handlers)
    {
        _ = Cgroup.Open(handed.Parent, out Cgroup? parent);
        if (parent is null)
        {
            directory.Dispose();
            return null;
        }

        var groups = Cgroup.OfOpen($"{handed.Parent}/{handed.Name}", directory);
        var trees = new CgroupTrees(parent, handed.Name, groups, loop, mostDescriptors, findDescendants, handlers)
        {
            _count = handed.Count,
        };
        if (last.HasDescendants)
        {
            trees.FindDescendants();
            trees._descendants?.Inherit(last.Strangers);
        }

        foreach (string name in handed.Free)
        {
            trees._free.Push(new LeafCgroup(trees._groups, name));
        }

        trees._handedKilled.UnionWith(handed.Killed);
        return trees;
    }

    public override void Inherit(Handler handler, string? cgroup)
    {
        _descendants?.Adopt(handler);
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

    public override TreesHandover HandOver(KeptDescriptors kept) => new()
    {
        Cgroups = new CgroupsHandover(_parent.Path, _name, kept.Keep(_groups.Directory), _count,
            NamesOf(_free.Concat(_freeAndOpen)), NamesOf(_killed)),
        HasDescendants = _descendants is not null,
        Strangers = _descendants?.HandOver() ?? [],
    };

    public override void Enter(Connection connection)
    {
        bool mayWrite = MayWrite(connection.Definition);
        if (mayWrite && !_hasLookedForDescendants)
        {
            FindDescendants();
            foreach (Handler handler in _handlers())
            {
                _descendants?.Adopt(handler);
            }
        }

        _descendants?.Enter(connection);
        if (connection.Definition.EndsOrphans)
        {
            LeafCgroup leaf = TakeFree();
            leaf.StaysOpen = _mostOpen > 0;
            _inUse++;
            _inUseAndOpen += leaf.StaysOpen ? 1 : 0;
            connection.Cgroup = leaf;
        }
    }

    public override void OnLaunched(Handler handler) => _descendants?.OnLaunched(handler);

    public override void OnGrown(Handler handler)
    {
        if (MayWrite(handler.Definition))
        {
            _descendants?.OnGrown(handler);
        }

        if (handler.Connection.Cgroup is { StaysOpen: true } leaf)
        {
            leaf.StaysOpen = false;
            leaf.Close();
            _inUseAndOpen--;
        }
    }

    public override void Leave(Connection connection)
    {
        _descendants?.Leave(connection);
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
        if (_descendants is not null && leaf.State() != CgroupState.None)
        {
            Drop(leaf);
            return;
        }

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

    public override bool IsGone(Handler handler)
    {
        if (handler.Connection.Cgroup is not { } leaf)
        {
            _ = _descendants?.IsGone(handler); // what it keeps is found, so that it is known not to be another's
            return true;
        }

        bool isEmpty = !leaf.State().HasFlag(CgroupState.Populated);
        return isEmpty && (!MayWrite(handler.Definition) || _descendants?.IsGone(handler) != false);
    }

    public override int Signal(Handler handler, int signal)
    {
        if (handler.Connection.Cgroup is not { } leaf)
        {
            handler.Signal(signal);
            return 1;
        }

        if (leaf.State().HasFlag(CgroupState.Frozen))
        {
            Thaw(leaf);
        }

        int escaped = 0;
        if (MayWrite(handler.Definition) && _descendants is { } descendants)
        {
            HashSet<int> inside = [.. _groups.Processes(leaf.Name)];
            escaped = Processes.Signal(() => descendants.Find(handler).FindAll(pid => !inside.Contains(pid)), signal);
        }

        if (signal == Linux.Signal.SIGKILL)
        {
            _killed.Add(leaf);
        }

        return escaped + _groups.Signal(leaf.Name, signal);
    }

    /// <remarks>Not by cgroup.kill, after which the loop could use the group again.</remarks>
    public override List<int> NamedProcesses(Handler handler) =>
        handler.Connection.Cgroup is { } leaf
            ? [.. _groups.Processes(leaf.Name).Union(base.NamedProcesses(handler))]
            : base.NamedProcesses(handler);

    public override bool IsStopped(Handler handler) =>
        handler.Connection.Cgroup?.State().HasFlag(CgroupState.Frozen) == true || base.IsStopped(handler);

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
        _descendants?.Dispose();
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
        RemoveDropped();
        if (_inUse == 0)
        {
            while (_freeAndOpen.TryPop(out LeafCgroup? leaf))
            {
                leaf.Dispose();
                _free.Push(leaf);
            }
        }
    }

    /// <summary>Whether a service's handlers may write to the files of these groups: those of superd's own user, and of root.</summary>
    private static bool MayWrite(ServiceDefinition definition) =>
        definition.Process.Credentials is not { } credentials || credentials.UserId == 0 || credentials.UserId == UnixSocket.OwnUserId;

    private void FindDescendants()
    {
        _hasLookedForDescendants = true;
        _descendants = _findDescendants();
    }

    /// <summary>A group nobody is in. One that somebody has frozen since it was left, or moved into, is not used.</summary>
    private LeafCgroup TakeFree()
    {
        while (_freeAndOpen.TryPop(out LeafCgroup? leaf) || _free.TryPop(out leaf))
        {
            if (_descendants is null || leaf.State() == CgroupState.None)
            {
                return leaf;
            }

            Drop(leaf);
        }

        return new LeafCgroup(_groups, $"{_count++}");
    }

    /// <summary>Never uses a group again, and lets go what is in it.</summary>
    private void Drop(LeafCgroup leaf)
    {
        Thaw(leaf);
        leaf.Dispose();
        _killed.Remove(leaf);
        _dropped.Add(leaf.Name);
        RemoveDropped();
    }

    /// <summary>A group is frozen too when the one above it is.</summary>
    private void Thaw(LeafCgroup leaf)
    {
        _ = _groups.Thaw();
        _ = _groups.Thaw(leaf.Name);
    }

    private void RemoveDropped() => _dropped.RemoveAll(name => _groups.Remove(name) is { IsError: false } or { Errno: Errno.ENOENT });

    private static string[] NamesOf(IEnumerable<LeafCgroup> leaves) => [.. leaves.Select(leaf => leaf.Name)];

    private static string Obstacle(string step, string path, SysResult result) => $"{step} {path}: {Errno.Describe(result.Errno)}";
}
