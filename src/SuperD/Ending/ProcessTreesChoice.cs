using System.Text;
using Microsoft.Extensions.Logging;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Takes the best means of finding a handler's processes that this machine allows, and says which and why.</summary>
internal static class ProcessTreesChoice
{
    /// <summary>The beginning of the names of all cgroups of superds with this configuration file, of which each has its pid behind it.</summary>
    private static string GroupPrefix(string configurationFile)
    {
        // FNV-1a: two superds with two files must not take each other's groups for their own.
        uint hash = 2166136261;
        foreach (byte value in Encoding.UTF8.GetBytes(Path.GetFullPath(configurationFile)))
        {
            hash = (hash ^ value) * 16777619;
        }

        return $"superd-{hash:x8}.";
    }

    /// <summary>Called once, before the first launch: makes the cgroup, or superd a subreaper.</summary>
    /// <param name="grace">How long handlers of a superd that was killed may still run.</param>
    /// <param name="launcher">Shows that a child can be born into a cgroup; not at work yet.</param>
    /// <param name="handlers">The handlers that live.</param>
    /// <param name="lastConnectionId">The number of the last connection.</param>
    public static ProcessTrees Take(
        string configurationFile,
        TimeSpan grace,
        ProcessLauncher launcher,
        EventLoop loop,
        Func<IEnumerable<Handler>> handlers,
        Func<long> lastConnectionId,
        ILogger log)
    {
        string prefix = GroupPrefix(configurationFile);
        CgroupTrees? cgroups = TryCgroup(prefix, launcher, out string? obstacle);
        ProcessTrees? trees = cgroups;
        cgroups?.SweepLeftovers(prefix, loop, grace, log);
        if (trees is null)
        {
            string? second = SubreaperTrees.FindObstacle();
            obstacle = second is null ? obstacle : $"{obstacle}; {second}";
            trees = second is null ? new SubreaperTrees(loop, handlers, lastConnectionId) : new ProcessGroups();
        }

        log.OrphanMeans(trees.Means, obstacle is null ? string.Empty : $" ({obstacle})");
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

    private static CgroupTrees? TryCgroup(string prefix, ProcessLauncher launcher, out string? obstacle)
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
        return CgroupTrees.TryCreate(own, $"{prefix}{Environment.ProcessId}.{Environment.TickCount64:x}", launcher, out obstacle);
    }
}
