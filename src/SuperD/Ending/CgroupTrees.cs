using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Launches each handler into a cgroup v2 of its own; no fork, session or double fork escapes it. Loop only.</summary>
/// <remarks>
/// Cgroups are reused, because creating and removing one costs more than the launch itself. The files of cgroups that serve one short-lived
/// handler after another stay open. superd locks the directory above them for its lifetime, so that a later superd can tell which
/// directories a killed superd left behind. A cgroup that was killed with cgroup.kill is never reused: on Linux 6.18 every child born into
/// it later is killed at birth, because its kill count differs from that of its parent's cgroup.
/// A handler that runs as superd's own user, or as root, can write to the files of all these cgroups: it can move itself to another cgroup
/// and freeze the one it leaves. If there is such a service, superd is a subreaper too (<see cref="Descendants"/>) and checks each cgroup
/// before it reuses it. Handlers of other users do not pay for this.
/// </remarks>
internal sealed class CgroupTrees : ProcessTrees
{
    /// <summary>How many free cgroups keep their files open while handlers live; 0 when superd may open few files.</summary>
    private const int MostOpen = 64;

    private const ulong FewDescriptors = 4096;

    // An idle superd holds no descriptors that it does not need.
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

    /// <summary>The text of <see cref="Means"/> for cgroups below this path.</summary>
    public static string MeansIn(string path) => $"cgroup v2 in {path}";

    /// <summary>Creates superd's own directory in the cgroup superd runs in, and verifies that a child can be launched below it.</summary>
    /// <param name="parent">The cgroup superd runs in; owned by the result, or closed on failure.</param>
    /// <param name="name">The directory's name, which no other process uses.</param>
    /// <param name="mostDescriptors">The hard limit of open files.</param>
    /// <param name="findDescendants">Makes superd a subreaper; returns null if that is not possible.</param>
    /// <param name="handlers">The running handlers.</param>
    /// <returns>Null, with the reason in <paramref name="obstacle"/>, if this machine does not allow it.</returns>
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

    /// <summary>Inherits the cgroups of the previous version; superd stays a subreaper if that version was.</summary>
    /// <returns>Null if superd's own cgroup can no longer be opened.</returns>
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
            _ = _groups.Remove(leaf.Name); // its name is not reused either
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
            _ = _descendants?.IsGone(handler); // finds the processes it keeps, so that no other handler is blamed for them
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

    /// <remarks>Lists pids and avoids cgroup.kill: the loop does not learn of this KILL, and would reuse the killed cgroup.</remarks>
    public override List<int> NamedProcesses(Handler handler) =>
        handler.Connection.Cgroup is { } leaf
            ? [.. _groups.Processes(leaf.Name).Union(base.NamedProcesses(handler))]
            : base.NamedProcesses(handler);

    public override bool IsStopped(Handler handler) =>
        handler.Connection.Cgroup?.State().HasFlag(CgroupState.Frozen) == true || base.IsStopped(handler);

    /// <summary>Ends the handlers that killed superds with the same name prefix left behind.</summary>
    /// <param name="prefix">How the names of their directories begin.</param>
    /// <param name="grace">How long those handlers may still run.</param>
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

    /// <summary>Locks superd's directory, and launches a test child into its first cgroup.</summary>
    /// <returns>What failed; null if nothing did.</returns>
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

    /// <summary>Runs a while after the last handler ended; closes the open files if superd is still idle.</summary>
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

    /// <summary>Whether a service's handlers can write to the files of these cgroups: they run as superd's own user or as root.</summary>
    private static bool MayWrite(ServiceDefinition definition) =>
        definition.Process.Credentials is not { } credentials || credentials.UserId == 0 || credentials.UserId == UnixSocket.OwnUserId;

    private void FindDescendants()
    {
        _hasLookedForDescendants = true;
        _descendants = _findDescendants();
    }

    /// <summary>Returns an empty cgroup. Skips those that somebody froze or moved into since they were left.</summary>
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

    /// <summary>Retires a cgroup, and thaws what is in it.</summary>
    private void Drop(LeafCgroup leaf)
    {
        Thaw(leaf);
        leaf.Dispose();
        _killed.Remove(leaf);
        _dropped.Add(leaf.Name);
        RemoveDropped();
    }

    /// <summary>Thaws the parent too: a cgroup stays frozen while its parent is.</summary>
    private void Thaw(LeafCgroup leaf)
    {
        _ = _groups.Thaw();
        _ = _groups.Thaw(leaf.Name);
    }

    private void RemoveDropped() =>
        _dropped.RemoveAll(name => _groups.Remove(name) is { IsError: false } or { Errno: Errno.ENOENT });

    private static string[] NamesOf(IEnumerable<LeafCgroup> leaves) => [.. leaves.Select(leaf => leaf.Name)];

    private static string Obstacle(string step, string path, SysResult result) => $"{step} {path}: {Errno.Describe(result.Errno)}";
}
