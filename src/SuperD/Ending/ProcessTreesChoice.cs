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
    public static string GroupPrefix(string configurationFile) => FileIdentity.Of(configurationFile) + '.';

    /// <summary>Called once, before the first launch: makes the cgroup, or superd a subreaper.</summary>
    /// <param name="launcher">Shows that a child can be born into a cgroup; not at work yet.</param>
    /// <param name="handlers">The handlers that live.</param>
    /// <param name="lastConnectionId">The number of the last connection.</param>
    public static ProcessTrees Take(
        string configurationFile, ProcessLauncher launcher, EventLoop loop, Func<IEnumerable<Handler>> handlers, Func<long> lastConnectionId, ILogger log)
    {
        ProcessTrees? trees = TryCgroup(configurationFile, launcher, out string? obstacle);
        if (trees is null)
        {
            string? second = SubreaperTrees.FindObstacle();
            obstacle = second is null ? obstacle : $"{obstacle}; {second}";
            trees = second is null ? new SubreaperTrees(loop, handlers, lastConnectionId) : new ProcessGroups();
        }

        log.OrphanMeans(trees.Means, obstacle is null ? string.Empty : $" ({obstacle})");
        return trees;
    }

    private static CgroupTrees? TryCgroup(string configurationFile, ProcessLauncher launcher, out string? obstacle)
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

        return CgroupTrees.TryCreate(own, GroupPrefix(configurationFile) + Environment.ProcessId, launcher, out obstacle);
    }
}
