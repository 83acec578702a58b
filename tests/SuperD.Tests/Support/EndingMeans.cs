namespace SuperD.Tests.Support;

/// <summary>An environment in which superd finds its handlers' processes by a given means, as a given user.</summary>
internal sealed class EndingMeans : IDisposable
{
    private readonly string? _group;

    private EndingMeans(string[] wrapper, string? group)
    {
        Wrapper = wrapper;
        _group = group;
    }

    /// <summary>The mount point of cgroup v2.</summary>
    public static string CgroupMount =>
        File.ReadLines("/proc/self/mountinfo").First(line => line.Contains(" - cgroup2 ", StringComparison.Ordinal)).Split(' ')[4];

    /// <summary>The command that starts superd in this environment; see <see cref="DaemonOptions.Wrapper"/>.</summary>
    public string[] Wrapper { get; }

    /// <param name="means">subreaper; first: a subreaper that is process 1; cgroups: a cgroup that belongs to the user.</param>
    public static EndingMeans Take(string means, string user)
    {
        Needs.Root();
        Needs.Program("setpriv");
        Needs.Program("unshare");
        Needs.Cgroups();
        string[] asUser = user == "root" ? [] : ["setpriv", $"--reuid={user}", "--regid=nogroup", "--clear-groups"];
        string[] withoutCgroups = ["sh", "-c", $"umount -l {CgroupMount} && exec \"$@\"", "sh"];
        string group = $"{SuperD.Linux.Cgroup.FindOwn()}/superd-means-{Guid.NewGuid():N}";
        string inGroup = $"mkdir {group} && chown -R {user} {group} && echo $$ > {group}/cgroup.procs && exec \"$@\"";
        return means switch
        {
            "cgroups" => new EndingMeans(["sh", "-c", inGroup, "sh", .. asUser], group),
            "first" => new EndingMeans(
                ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--mount", .. withoutCgroups, .. asUser], group: null),
            _ => new EndingMeans(["unshare", "--mount", .. withoutCgroups, .. asUser], group: null),
        };
    }

    public void Dispose()
    {
        if (_group is { } group && Directory.Exists(group))
        {
            Patience.Until(() => TryRemove(group), "the test's cgroup is empty");
        }
    }

    private static bool TryRemove(string group) => Directory
        .EnumerateDirectories(group, "*", SearchOption.AllDirectories)
        .OrderByDescending(path => path.Length)
        .Append(group)
        .All(path => Tool.Succeeds("rmdir", path));
}
