using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Chooses the best means of finding a handler's processes that this machine offers, and logs which and why.</summary>
internal static class ProcessTreesChoice
{
    /// <summary>The common prefix of the cgroup names of all superds with this configuration file; the pid follows it.</summary>
    private static string GroupPrefix(string configurationFile) => ServerMark.Of(configurationFile) + '.';

    /// <summary>Creates the cgroup, or makes superd a subreaper. Called once, before the first launch.</summary>
    /// <param name="grace">How long the handlers of a killed superd may still run.</param>
    /// <param name="launcher">Verifies that a child can be launched into a cgroup; not in use yet.</param>
    /// <param name="mostDescriptors">The hard limit of open files.</param>
    /// <param name="handlers">The running handlers.</param>
    /// <param name="isLaunched">Whether a child of superd is a launch under way, not a handler yet.</param>
    /// <param name="handed">What the previous version used, so that its handlers are found; null if there was none.</param>
    public static ProcessTrees Take(
        string configurationFile,
        TimeSpan grace,
        ProcessLauncher launcher,
        EventLoop loop,
        ulong mostDescriptors,
        Func<IEnumerable<Handler>> handlers,
        Predicate<int> isLaunched,
        ILogger log,
        (TreesHandover Trees, InheritedDescriptors Descriptors)? handed)
    {
        string prefix = GroupPrefix(configurationFile);
        string? obstacle = null;
        CgroupTrees? cgroups = handed is { } last
            ? last.Trees.Cgroups is { } groups && last.Descriptors.Take(groups.Directory) is { } directory
                ? CgroupTrees.Inherit(
                    last.Trees, groups, directory, groups.Limits is { } limits ? last.Descriptors.Take(limits.Directory) : null, loop,
                    mostDescriptors, FindDescendants, handlers, log)
                : null
            : TryCgroup(prefix, launcher, loop, mostDescriptors, FindDescendants, handlers, log, out obstacle);
        ProcessTrees? trees = cgroups;
        cgroups?.SweepLeftovers(prefix, loop, grace, log);
        if (trees is null)
        {
            string? second = Descendants.FindObstacle();
            obstacle = second is null ? obstacle : $"{obstacle}; {second}";
            trees = second is null ? new SubreaperTrees(FindAll()) : new ProcessGroups();
        }

        if (handed is null)
        {
            log.OrphanMeans(trees.Means, obstacle is null ? string.Empty : $" ({obstacle})");
        }

        return trees;

        Descendants? FindDescendants() => Descendants.FindObstacle() is null ? new Descendants(loop, isLaunched, explainsAll: false) : null;

        Descendants FindAll()
        {
            // An older version may not report which connections keep their orphans; then superd spares strangers without a known maker.
            bool explainsAll = Environment.ProcessId != 1 && handed is not { Trees.Kept: not [] };
            var descendants = new Descendants(loop, isLaunched, explainsAll);
            if (handed is { Trees: var last })
            {
                descendants.Inherit(last.Strangers);
            }
            else
            {
                descendants.Begin();
            }

            return descendants;
        }
    }

    /// <summary>Predicts what <see cref="Take"/> would choose, as far as that is possible without changing anything.</summary>
    public static string Foresee()
    {
        if (CgroupHome.FindPath() is { } path && Cgroup.MayCreateIn(path))
        {
            return CgroupTrees.MeansIn(path);
        }

        return File.Exists(ProcessTable.ChildrenFile(Environment.ProcessId)) ? SubreaperTrees.Name : ProcessGroups.Name;
    }

    /// <summary>Whether means in words are cgroups.</summary>
    public static bool UsesCgroups(string means) => means.StartsWith(CgroupTrees.MeansIn(""), StringComparison.Ordinal);

    private static CgroupTrees? TryCgroup(
        string prefix,
        ProcessLauncher launcher,
        EventLoop loop,
        ulong mostDescriptors,
        Func<Descendants?> findDescendants,
        Func<IEnumerable<Handler>> handlers,
        ILogger log,
        out string? obstacle)
    {
        if (CgroupHome.FindPath() is not { } path)
        {
            obstacle = "no cgroup v2 is mounted";
            return null;
        }

        SysResult result = Cgroup.Open(path, out Cgroup? own);
        if (own is null)
        {
            obstacle = $"open {path}: {Errno.Describe(result.Errno)}";
            return null;
        }

        // The pid alone is not unique: the first process of every container has the same.
        string name = $"{prefix}{Environment.ProcessId}.{Environment.TickCount64:x}";
        return CgroupTrees.TryCreate(own, name, launcher, loop, mostDescriptors, findDescendants, handlers, log, out obstacle);
    }
}
