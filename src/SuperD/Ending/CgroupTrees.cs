using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Launches each handler into a cgroup v2 of its own; no fork, session or double fork escapes it. Loop only.</summary>
/// <remarks>
/// Cgroups are reused; see <see cref="CgroupPool"/>. superd locks the directory above them for its lifetime, so that a later superd can
/// tell which directories a killed superd left behind.
/// A handler that runs as superd's own user, or as root, can write to the files of all these cgroups: it can move itself to another cgroup
/// and freeze the one it leaves. If there is such a service, superd is a subreaper too (<see cref="Descendants"/>) and checks each cgroup
/// before it reuses it. Handlers of other users do not pay for this.
/// </remarks>
internal sealed class CgroupTrees : ProcessTrees
{
    private readonly Cgroup _parent;
    private readonly Cgroup _groups;
    private readonly string _name;
    private readonly CgroupPool _pool;
    private readonly LimitGroups _limits;
    private readonly Func<Descendants?> _findDescendants;
    private readonly Func<IEnumerable<Handler>> _handlers;
    private Descendants? _descendants;
    private bool _hasLookedForDescendants;
    private LeftoverGroups? _leftovers;

    private CgroupTrees(
        Cgroup parent,
        string name,
        Cgroup groups,
        EventLoop loop,
        ulong mostDescriptors,
        Func<Descendants?> findDescendants,
        Func<IEnumerable<Handler>> handlers,
        ILogger log)
    {
        _parent = parent;
        _groups = groups;
        _name = name;
        _pool = new CgroupPool(groups, loop, mostDescriptors);
        _limits = new LimitGroups(parent, name, loop, mostDescriptors, log);
        _findDescendants = findDescendants;
        _handlers = handlers;
    }

    public override string Means => MeansIn(_pool.Path);

    public override int Descriptors => _pool.Descriptors + _limits.Descriptors + (_descendants is null ? 0 : Descendants.Descriptors);

    public override int Orphans => _descendants?.Orphans ?? 0;

    /// <summary>The text of <see cref="Means"/> for cgroups below this path.</summary>
    public static string MeansIn(string path) => $"cgroup v2 in {path}";

    /// <summary>Creates superd's own directory in its home, and verifies that a child can be launched below it.</summary>
    /// <param name="parent">superd's home, see <see cref="CgroupHome"/>; owned by the result, or closed on failure.</param>
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
        ILogger log,
        out string? obstacle)
    {
        obstacle = TryMake(parent, name, out Cgroup? groups);
        if (groups is null)
        {
            parent.Dispose();
            return null;
        }

        var trees = new CgroupTrees(parent, name, groups, loop, mostDescriptors, findDescendants, handlers, log);
        obstacle = trees._pool.TryUse(launcher);
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
        Fd? limitsDirectory,
        EventLoop loop,
        ulong mostDescriptors,
        Func<Descendants?> findDescendants,
        Func<IEnumerable<Handler>> handlers,
        ILogger log)
    {
        _ = Cgroup.Open(handed.Parent, out Cgroup? parent);
        if (parent is null)
        {
            directory.Dispose();
            limitsDirectory?.Dispose();
            return null;
        }

        var groups = Cgroup.OfOpen($"{handed.Parent}/{handed.Name}", directory);
        var trees = new CgroupTrees(parent, handed.Name, groups, loop, mostDescriptors, findDescendants, handlers, log);
        trees._pool.Inherit(handed);
        if (handed.Limits is { } limits && limitsDirectory is not null)
        {
            trees._limits.Inherit(limits, limitsDirectory);
        }

        if (last.HasDescendants)
        {
            trees.FindDescendants();
            trees._descendants?.Inherit(last.Strangers);
        }

        return trees;
    }

    public override void Inherit(Handler handler, string? cgroup, CgroupEvents before)
    {
        _descendants?.Adopt(handler);
        if (cgroup is not null)
        {
            LeafCgroup leaf = _limits.InheritUsed(cgroup) ?? _pool.InheritUsed(cgroup);
            leaf.EventsBefore = before;
            handler.Connection.Cgroup = leaf;
        }
    }

    public override void Succeed(ServerDefinition server) => _limits.Succeed(server.Services);

    public override TreesHandover HandOver(KeptDescriptors kept) => new()
    {
        Cgroups = _pool.HandOver(_parent.Path, _name, kept) with { Limits = _limits.HandOver(kept) },
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
        if (connection.Definition.Limits is { Needs: not CgroupControllers.None })
        {
            // The present limits, also for a connection that waited since before a reload; or what it has is of another time.
            connection.Cgroup = _limits.Take(connection.Service, connection.Service.Definition.Limits ?? connection.Definition.Limits);
        }
        else if (connection.Definition.EndsOrphans)
        {
            connection.Cgroup = _pool.Take();
        }
    }

    public override void OnLaunched(Handler handler) => _descendants?.OnLaunched(handler);

    public override void OnGrown(Handler handler)
    {
        if (MayWrite(handler.Definition))
        {
            _descendants?.OnGrown(handler);
        }

        if (handler.Connection.Cgroup is { } leaf)
        {
            PoolOf(leaf).CloseFiles(leaf);
        }
    }

    public override CgroupEvents Leave(Connection connection)
    {
        _descendants?.Leave(connection);
        if (connection.Cgroup is not { } leaf)
        {
            return default;
        }

        connection.Cgroup = null;
        CgroupEvents now = leaf.Events, meanwhile = now.Since(leaf.EventsBefore);
        leaf.EventsBefore = now;
        if (LimitGroups.Owns(leaf))
        {
            _limits.Return(leaf);
        }
        else
        {
            _pool.Return(leaf);
        }

        return meanwhile;
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
            PoolOf(leaf).Thaw(leaf);
        }

        int escaped = 0;
        if (MayWrite(handler.Definition) && _descendants is { } descendants)
        {
            HashSet<int> inside = [.. PoolOf(leaf).Processes(leaf)];
            escaped = Processes.Signal(() => descendants.Find(handler).FindAll(pid => !inside.Contains(pid)), signal);
        }

        return escaped + PoolOf(leaf).Signal(leaf, signal);
    }

    public override void KillOrphans() => _descendants?.KillOrphans();

    /// <remarks>Lists pids and avoids cgroup.kill: the loop does not learn of this KILL, and would reuse the killed cgroup.</remarks>
    public override List<int> NamedProcesses(Handler handler) =>
        handler.Connection.Cgroup is { } leaf
            ? [.. PoolOf(leaf).Processes(leaf).Union(base.NamedProcesses(handler))]
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
        _pool.Dispose();
        _limits.Dispose();
        foreach (string group in _groups.Names())
        {
            _ = _groups.Remove(group);
        }

        _groups.Dispose();
        _ = _parent.Remove(_name);
        _parent.Dispose();
    }

    private CgroupPool PoolOf(LeafCgroup leaf) => LimitGroups.Owns(leaf) ? _limits.PoolOf(leaf) : _pool;

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

    /// <summary>Whether a service's handlers can write to the files of these cgroups: they run as superd's own user or as root.</summary>
    private static bool MayWrite(ServiceDefinition definition) =>
        definition.Process.Credentials is not { } credentials || credentials.UserId == 0 || credentials.UserId == UnixSocket.OwnUserId;

    private void FindDescendants()
    {
        _hasLookedForDescendants = true;
        _descendants = _findDescendants();
        _pool.IsWritable = _limits.IsWritable = _descendants is not null;
    }

    private static string Obstacle(string step, string path, SysResult result) => $"{step} {path}: {Errno.Describe(result.Errno)}";
}
