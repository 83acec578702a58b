using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Each handler is born into a cgroup v2 of its own, which no fork, session or double fork leaves.</summary>
/// <remarks>
/// The groups are reused (<see cref="CgroupPool"/>). The directory above them is locked while superd lives, so that a later superd knows
/// what a superd that was killed has left behind.
/// A handler that runs as superd's own user, or as root, may write to the files of all these groups: it can move itself to another one and
/// freeze the one it leaves. Where there is such a service, superd is a subreaper too (<see cref="Descendants"/>), and checks a group
/// before it reuses it. Handlers of other users cost nothing of that.
/// </remarks>
internal sealed class CgroupTrees : ProcessTrees
{
    private readonly Cgroup _parent;
    private readonly string _name;
    private readonly CgroupPool _pool;
    private readonly Func<Descendants?> _findDescendants;
    private readonly Func<IEnumerable<Handler>> _handlers;
    private Descendants? _descendants;
    private bool _hasLookedForDescendants;
    private LeftoverGroups? _leftovers;

    private CgroupTrees(
        Cgroup parent, string name, CgroupPool pool, Func<Descendants?> findDescendants, Func<IEnumerable<Handler>> handlers)
    {
        _parent = parent;
        _name = name;
        _pool = pool;
        _findDescendants = findDescendants;
        _handlers = handlers;
    }

    public override string Means => MeansIn(_pool.Path);

    public override int Descriptors => _pool.Descriptors + (_descendants is null ? 0 : Descendants.Descriptors);

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

        var trees = new CgroupTrees(parent, name, new CgroupPool(groups, loop, mostDescriptors), findDescendants, handlers);
        obstacle = trees._pool.TryUse(launcher);
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
        var trees = new CgroupTrees(parent, handed.Name, new CgroupPool(groups, loop, mostDescriptors), findDescendants, handlers);
        trees._pool.Inherit(handed);
        if (last.HasDescendants)
        {
            trees.FindDescendants();
            trees._descendants?.Inherit(last.Strangers);
        }

        return trees;
    }

    public override void Inherit(Handler handler, string? cgroup)
    {
        _descendants?.Adopt(handler);
        if (cgroup is not null)
        {
            handler.Connection.Cgroup = _pool.InheritUsed(cgroup);
        }
    }

    public override TreesHandover HandOver(KeptDescriptors kept) => new()
    {
        Cgroups = _pool.HandOver(_parent.Path, _name, kept),
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
            _pool.CloseFiles(leaf);
        }
    }

    public override void Leave(Connection connection)
    {
        _descendants?.Leave(connection);
        if (connection.Cgroup is { } leaf)
        {
            connection.Cgroup = null;
            _pool.Return(leaf);
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
            _pool.Thaw(leaf);
        }

        int escaped = 0;
        if (MayWrite(handler.Definition) && _descendants is { } descendants)
        {
            HashSet<int> inside = [.. _pool.Processes(leaf)];
            escaped = Processes.Signal(() => descendants.Find(handler).FindAll(pid => !inside.Contains(pid)), signal);
        }

        return escaped + _pool.Signal(leaf, signal);
    }

    /// <remarks>Not by cgroup.kill, after which the loop could use the group again.</remarks>
    public override List<int> NamedProcesses(Handler handler) =>
        handler.Connection.Cgroup is { } leaf
            ? [.. _pool.Processes(leaf).Union(base.NamedProcesses(handler))]
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
        _pool.Dispose();
        _ = _parent.Remove(_name);
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

    /// <summary>Whether a service's handlers may write to the files of these groups: those of superd's own user, and of root.</summary>
    private static bool MayWrite(ServiceDefinition definition) =>
        definition.Process.Credentials is not { } credentials || credentials.UserId == 0 || credentials.UserId == UnixSocket.OwnUserId;

    private void FindDescendants()
    {
        _hasLookedForDescendants = true;
        _descendants = _findDescendants();
        _pool.IsWritable = _descendants is not null;
    }

    private static string Obstacle(string step, string path, SysResult result) => $"{step} {path}: {Errno.Describe(result.Errno)}";
}
