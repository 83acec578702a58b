using Microsoft.Extensions.Logging;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Each handler is born into a cgroup v2 of its own, which no fork, session or double fork leaves.</summary>
/// <remarks>
/// The groups are used again, one after the other: to make and remove one costs more than the launch itself. The directory above
/// them is locked as long as superd lives, so that a later superd knows what was left behind by one that was killed. A group that got
/// cgroup.kill is never used again: on Linux 6.18 every child born into it later is killed at birth, since its kill count differs from
/// that of its parent's group.
/// </remarks>
internal sealed class CgroupTrees : ProcessTrees
{
    private readonly Cgroup _parent;
    private readonly string _name;
    private readonly Cgroup _groups;
    private readonly Stack<string> _free = new();
    private readonly HashSet<string> _killed = [];
    private LeftoverGroups? _leftovers;
    private int _count;

    private CgroupTrees(Cgroup parent, string name, Cgroup groups)
    {
        _parent = parent;
        _name = name;
        _groups = groups;
    }

    public override string Means => MeansIn(_groups.Path);

    public override Cgroup Groups => _groups;

    public static string MeansIn(string path) => $"cgroup v2 in {path}";

    /// <summary>Makes superd's own directory in the group superd is in, and shows that a child can be born below it.</summary>
    /// <param name="parent">The group superd is in; kept, or closed when this fails.</param>
    /// <param name="name">The directory's name; nobody else's.</param>
    /// <returns>Null with the reason when this machine does not allow it.</returns>
    public static CgroupTrees? TryCreate(Cgroup parent, string name, ProcessLauncher launcher, out string? obstacle)
    {
        obstacle = TryMake(parent, name, out Cgroup? groups);
        if (groups is null)
        {
            parent.Dispose();
            return null;
        }

        var trees = new CgroupTrees(parent, name, groups);
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
    public static CgroupTrees? TakeOver(CgroupsHandover handed, Fd directory)
    {
        _ = Cgroup.Open(handed.Parent, out Cgroup? parent);
        if (parent is null)
        {
            directory.Dispose();
            return null;
        }

        var trees = new CgroupTrees(parent, handed.Name, Cgroup.OfOpen($"{handed.Parent}/{handed.Name}", directory)) { _count = handed.Count };
        foreach (string name in handed.Free)
        {
            trees._free.Push(name);
        }

        trees._killed.UnionWith(handed.Killed);
        return trees;
    }

    public override TreesHandover HandOver(KeptDescriptors kept) =>
        new() { Cgroups = new CgroupsHandover(_parent.Path, _name, kept.Keep(_groups.Directory), _count, [.. _free.Reverse()], [.. _killed]) };

    public override void Enter(Connection connection) =>
        connection.Cgroup = connection.Definition.EndsOrphans ? _free.Count > 0 ? _free.Pop() : $"{_count++}" : null;

    public override void Leave(Connection connection)
    {
        if (connection.Cgroup is not { } name)
        {
            return;
        }

        connection.Cgroup = null;
        if (_killed.Remove(name))
        {
            _ = _groups.Remove(name); // its name is not used again either
        }
        else
        {
            _free.Push(name);
        }
    }

    public override bool IsGone(Handler handler) => handler.Connection.Cgroup is not { } name || !_groups.IsPopulated(name);

    public override int Signal(Handler handler, int signal)
    {
        if (handler.Connection.Cgroup is not { } name)
        {
            handler.Signal(signal);
            return 1;
        }

        if (signal == Linux.Signal.SIGKILL)
        {
            _killed.Add(name);
        }

        return _groups.Signal(name, signal);
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

        _free.Push(First);
        _count = 1;
        return null;
    }

    private static string Obstacle(string step, string path, SysResult result) => $"{step} {path}: {Errno.Describe(result.Errno)}";
}
