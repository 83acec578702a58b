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
    /// <param name="lastConnectionId">The number of the last connection.</param>
    /// <param name="handed">What superd's last version has used, so that its handlers are found; null when there was none.</param>
    public static ProcessTrees Take(
        string configurationFile,
        TimeSpan grace,
        ProcessLauncher launcher,
        EventLoop loop,
        ulong mostDescriptors,
        Func<IEnumerable<Handler>> handlers,
        Func<long> lastConnectionId,
        ILogger log,
        (TreesHandover Trees, InheritedDescriptors Descriptors)? handed)
    {
        string prefix = GroupPrefix(configurationFile);
        string? obstacle = null;
        CgroupTrees? cgroups = handed is { } last
            ? last.Trees.Cgroups is { } groups && last.Descriptors.Take(groups.Directory) is { } directory ? CgroupTrees.TakeOver(groups, directory, loop, mostDescriptors) : null
            : TryCgroup(prefix, launcher, loop, mostDescriptors, out obstacle);
        ProcessTrees? trees = cgroups;
        cgroups?.SweepLeftovers(prefix, loop, grace, log);
        if (trees is null)
        {
            string? second = SubreaperTrees.FindObstacle();
            obstacle = second is null ? obstacle : $"{obstacle}; {second}";
            var subreaper = second is null ? new SubreaperTrees(loop, handlers, lastConnectionId) : null;
            subreaper?.TakeOver(handed?.Trees.Kept ?? []);
            trees = subreaper is null ? new ProcessGroups() : subreaper;
        }

        if (handed is null)
        {
            log.OrphanMeans(trees.Means, obstacle is null ? string.Empty : $" ({obstacle})");
        }

        return trees;
    }

    /// <summary>What <see cref="Take"/> would say, as far as it can be told without changing anything.</summary>
    public static string Foresee()
    {
        if (Cgroup.FindOwn() is { } path && Cgroup.MayCreateIn(path))
        {
            return CgroupTrees.MeansIn(path);
        }

        return File.Exists(ProcessFiles.ChildrenOf(Environment.ProcessId)) ? SubreaperTrees.Name : ProcessGroups.Name;
    }

    private static CgroupTrees? TryCgroup(string prefix, ProcessLauncher launcher, EventLoop loop, ulong mostDescriptors, out string? obstacle)
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
        return CgroupTrees.TryCreate(own, $"{prefix}{Environment.ProcessId}.{Environment.TickCount64:x}", launcher, loop, mostDescriptors, out obstacle);
    }
}
