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
    private LeftoverGroups? _leftovers;
    private readonly Stack<string> _free = new();
    private readonly HashSet<string> _killed = [];
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
    /// <param name="name">The directory's name; nobody else's.</param>
    /// <returns>Null with the reason when this machine does not allow it.</returns>
    public static CgroupTrees? TryCreate(Cgroup parent, string name, ProcessLauncher launcher, out string? obstacle)
    {
        SysResult result = parent.Create(name);
        if (result.IsError && result.Errno != Errno.EEXIST)
        {
            obstacle = $"mkdir {parent.Path}/{name}: {Errno.Describe(result.Errno)}";
            return null;
        }

        result = Cgroup.Open($"{parent.Path}/{name}", out Cgroup? groups);
        if (groups is null)
        {
            obstacle = $"open {parent.Path}/{name}: {Errno.Describe(result.Errno)}";
            return null;
        }

        var trees = new CgroupTrees(parent, name, groups);
        string step = "flock";
        result = groups.TryLock();
        if (!result.IsError)
        {
            step = "mkdir";
            result = groups.CreateAndOpen("0", out Fd? first);
            if (first is not null)
            {
                step = "clone3 into";
                result = launcher.TryCgroup(first);
                first.Dispose();
                trees._free.Push("0");
                trees._count = 1;
            }
        }

        obstacle = result.IsError ? $"{step} {groups.Path}: {Errno.Describe(result.Errno)}" : null;
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
        connection.Cgroup = connection.Service.Definition.EndsOrphans ? _free.Count > 0 ? _free.Pop() : $"{_count++}" : null;

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
}
