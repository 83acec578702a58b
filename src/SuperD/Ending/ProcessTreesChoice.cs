using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Takes the best means of finding a handler's processes that this machine allows, and says which and why.</summary>
internal static class ProcessTreesChoice
{
    /// <summary>The beginning of the names of all cgroups of superds with this configuration file, of which each has its pid behind it.</summary>
    private static string GroupPrefix(string configurationFile) => ServerMark.Of(configurationFile) + '.';

    /// <summary>Called once, before the first launch: makes the cgroup, or superd a subreaper.</summary>
    /// <param name="grace">How long handlers of a superd that was killed may still run.</param>
    /// <param name="launcher">Shows that a child can be born into a cgroup; not at work yet.</param>
    /// <param name="mostDescriptors">The hard limit of open files.</param>
    /// <param name="handlers">The handlers that live.</param>
    /// <param name="isLaunched">Whether a child of superd's is one that it launches itself, and that is no handler yet.</param>
    /// <param name="handed">What superd's last version has used, so that its handlers are found; null when there was none.</param>
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
                ? CgroupTrees.Inherit(last.Trees, groups, directory, loop, mostDescriptors, FindDescendants, handlers)
                : null
            : TryCgroup(prefix, launcher, loop, mostDescriptors, FindDescendants, handlers, out obstacle);
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
            // A version before did not say which of superd's children are kept: then those that nobody can have made are left alone.
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

    /// <summary>What <see cref="Take"/> would say, as far as it can be told without changing anything.</summary>
    public static string Foresee()
    {
        if (Cgroup.FindOwn() is { } path && Cgroup.MayCreateIn(path))
        {
            return CgroupTrees.MeansIn(path);
        }

        return File.Exists(ProcessTable.ChildrenFile(Environment.ProcessId)) ? SubreaperTrees.Name : ProcessGroups.Name;
    }

    private static CgroupTrees? TryCgroup(
        string prefix,
        ProcessLauncher launcher,
        EventLoop loop,
        ulong mostDescriptors,
        Func<Descendants?> findDescendants,
        Func<IEnumerable<Handler>> handlers,
        out string? obstacle)
    {
        if (Cgroup.FindOwn() is not { } path)
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

        // Not by the pid alone: the first process of each container has the same.
        string name = $"{prefix}{Environment.ProcessId}.{Environment.TickCount64:x}";
        return CgroupTrees.TryCreate(own, name, launcher, loop, mostDescriptors, findDescendants, handlers, out obstacle);
    }
}
