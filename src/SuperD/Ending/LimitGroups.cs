using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>The cgroups of services with limits: one for each service, with its handlers' below. Loop only.</summary>
/// <remarks>
/// They have a directory of their own beside that of the other handlers, since a group's controllers are those of all its children: so a
/// service without limits costs what it did. The directory is made with the first service that has limits.
///
///     home/main/           superd itself: a group with processes cannot divide memory
///     home/NAME/0, 1 ...   handlers without limits, see <see cref="CgroupTrees"/>
///     home/NAME.l/l.SERVICE/0, 1 ...   the group of a service with limit_total, and those of its handlers with limit
/// </remarks>
internal sealed class LimitGroups(Cgroup home, string name, EventLoop loop, ulong mostDescriptors, ILogger log) : IDisposable
{
    private const string ServicePrefix = "l.";

    private readonly Dictionary<string, LimitGroup> _groups = new(StringComparer.Ordinal);
    private Cgroup? _directory;
    private CgroupControllers _enabled;
    private CgroupControllers _enabledInHome;

    /// <summary>Descriptors that the groups hold.</summary>
    public int Descriptors => (_directory is null ? 0 : 1) + _groups.Values.Sum(group => group.Pool.Descriptors);

    /// <summary>Whether handlers may write to the files of the groups.</summary>
    public bool IsWritable
    {
        get;
        set
        {
            field = value;
            foreach (LimitGroup group in _groups.Values)
            {
                group.Pool.IsWritable = value;
            }
        }
    }

    /// <summary>Whether a group is one of these.</summary>
    public static bool Owns(LeafCgroup leaf) => leaf.Name.StartsWith(ServicePrefix, StringComparison.Ordinal);

    /// <summary>The pool that a group is from.</summary>
    public CgroupPool PoolOf(LeafCgroup leaf) => _groups[leaf.Name[..leaf.Name.IndexOf('/')]].Pool;

    /// <summary>A group for a handler; null when the service's limits cannot be kept, which is logged: then no handler may run.</summary>
    public LeafCgroup? Take(Service service, LimitsDefinition limits) => Ensure(service.Name, limits)?.Pool.Take();

    /// <summary>A group is free again.</summary>
    public void Return(LeafCgroup leaf)
    {
        LimitGroup group = _groups[leaf.Name[..leaf.Name.IndexOf('/')]];
        group.Pool.Return(leaf);
        RemoveIfRetired(group);
    }

    /// <summary>
    /// Makes the groups of services with limits, so that their first clients do not wait for it, and puts changed limits into force: of the
    /// whole service at once, of a handler with the next one.
    /// </summary>
    public void Succeed(IReadOnlyCollection<ServiceDefinition> services)
    {
        foreach (LimitGroup group in _groups.Values)
        {
            group.IsRetired = true;
        }

        foreach (ServiceDefinition service in services)
        {
            if (service is { Enabled: true, Limits: { Needs: not CgroupControllers.None } limits })
            {
                _ = Ensure(service.Name, limits);
            }
        }

        foreach (LimitGroup group in _groups.Values.ToArray())
        {
            RemoveIfRetired(group);
        }
    }

    /// <summary>The groups, for superd's next version; null if there are none.</summary>
    public LimitGroupsHandover? HandOver(KeptDescriptors kept) => _directory is null ? null : new LimitGroupsHandover(
        kept.Keep(_directory.Directory),
        [.. _enabledInHome.Names()],
        _groups.Values.ToDictionary(group => group.Name, group => group.Pool.Count));

    /// <summary>Continues with the groups of superd's last version. Those of handlers that still run are not used again.</summary>
    public void Inherit(LimitGroupsHandover handed, Fd directory)
    {
        _directory = Cgroup.OfOpen($"{home.Path}/{DirectoryName}", directory);
        _enabled = _directory.Enabled;
        _enabledInHome = CgroupControllerNames.Parse(string.Join(' ', handed.EnabledInHome));
        foreach ((string group, int count) in handed.Groups)
        {
            _groups.Add(group, new LimitGroup(group, NewPool(group, count)) { IsRetired = true });
        }
    }

    /// <summary>A group that a handler of superd's last version is in.</summary>
    public LeafCgroup? InheritUsed(string leaf) =>
        _groups.TryGetValue(leaf.Split('/')[0], out LimitGroup? group) ? group.Pool.InheritUsed(leaf) : null;

    /// <summary>Removes the groups that hold no process, and undoes what superd has changed above them.</summary>
    public void Dispose()
    {
        if (_directory is null)
        {
            return;
        }

        foreach (LimitGroup group in _groups.Values)
        {
            group.Pool.Dispose();
        }

        foreach (string group in _directory.Tree().ToArray())
        {
            _ = _directory.Remove(group);
        }

        _directory.Dispose();
        _ = home.Remove(DirectoryName);

        // Else a systemd before 254 could not start superd again: it puts the new process into the home itself.
        _ = home.Disable(_enabledInHome);
    }

    private string DirectoryName => name + ".l";

    /// <summary>The group of a service with these limits; null when something fails.</summary>
    private LimitGroup? Ensure(string service, LimitsDefinition limits)
    {
        string groupName = ServicePrefix + service;
        if (_groups.TryGetValue(groupName, out LimitGroup? group) && ReferenceEquals(group.Limits, limits))
        {
            group.IsRetired = false;
            return group;
        }

        if (Prepare(limits.Needs) is { } obstacle || (obstacle = PrepareService(groupName, limits, ref group)) is not null)
        {
            log.LimitsFailed(service, obstacle);
            return null;
        }

        return group;
    }

    /// <summary>Makes the directory, and lets the groups in it have controllers. Returns what prevents it.</summary>
    private string? Prepare(CgroupControllers controllers)
    {
        if (_directory is null)
        {
            SysResult made = home.Create(DirectoryName);
            string path = $"{home.Path}/{DirectoryName}";
            if (made.IsError && made.Errno != Errno.EEXIST)
            {
                return Obstacle("mkdir", path, made);
            }

            made = Cgroup.Open(path, out Cgroup? opened);
            if (opened is null || (made = opened.TryLock()).IsError)
            {
                return Obstacle("open", path, made);
            }

            _directory = opened;
        }

        CgroupControllers more = controllers & ~_enabled;
        if (more == CgroupControllers.None)
        {
            return null;
        }

        CgroupControllers before = home.Enabled;
        SysResult result = CgroupHome.Enable(home, more);
        if (result.IsError)
        {
            return Obstacle($"enable {string.Join(' ', more.Names())} in", home.Path, result);
        }

        _enabledInHome |= more & ~before;
        result = _directory.Enable(more);
        if (result.IsError)
        {
            return Obstacle($"enable {string.Join(' ', more.Names())} in", _directory.Path, result);
        }

        _enabled |= more;
        return null;
    }

    private string? PrepareService(string groupName, LimitsDefinition limits, ref LimitGroup? group)
    {
        Cgroup directory = _directory!; // made by Prepare
        SysResult result = directory.Create(groupName);
        if (result.IsError && result.Errno != Errno.EEXIST)
        {
            return Obstacle("mkdir", groupName, result);
        }

        bool isNew = !result.IsError;
        IReadOnlyList<CgroupSetting> total = LimitSettings.Of(limits.Total, _enabled, isOne: false);
        if (isNew && (result = directory.Set(groupName, total)).IsError)
        {
            _ = directory.Remove(groupName);
            return Obstacle("limit", groupName, result);
        }

        result = directory.EnableIn(groupName, limits.NeedsOfEach);
        if (result.IsError)
        {
            return Obstacle($"enable {string.Join(' ', limits.NeedsOfEach.Names())} in", groupName, result);
        }

        if (group is null)
        {
            group = new LimitGroup(groupName, NewPool(groupName, 0));
            _groups.Add(groupName, group);
        }

        if (group.Limits?.Each != limits.Each || group.Limits.NeedsOfEach != limits.NeedsOfEach)
        {
            group.Pool.Settings = LimitSettings.Of(limits.Each, limits.NeedsOfEach, isOne: true);
        }

        if (!isNew && group.Limits?.Total != limits.Total)
        {
            WriteTotal(group, total);
        }

        group.Limits = limits;
        group.IsRetired = false;
        return null;
    }

    /// <summary>Writes the limits of a group in use beside the loop: to lower its memory can take long.</summary>
    private void WriteTotal(LimitGroup group, IReadOnlyList<CgroupSetting> settings)
    {
        group.Wanted = settings;
        if (group.IsWriting)
        {
            return; // what is wanted last is written last
        }

        group.IsWriting = true;
        group.Wanted = null;
        Cgroup directory = _directory!; // there is a group in it
        BesideLoop.Run("write the limits of a service", () =>
        {
            SysResult result = directory.Set(group.Name, settings);
            loop.Post(() =>
            {
                group.IsWriting = false;
                if (result.IsError)
                {
                    log.LimitsFailed(group.Name[ServicePrefix.Length..], Obstacle("limit", group.Name, result));
                }

                if (group.Wanted is { } newer)
                {
                    WriteTotal(group, newer);
                }

                RemoveIfRetired(group);
            });
        });
    }

    private CgroupPool NewPool(string groupName, int count) =>
        new(_directory!, loop, mostDescriptors, groupName + '/') { Count = count, IsCounted = true, IsWritable = IsWritable };

    /// <summary>Not while it is written to: the kernel would let the removal wait.</summary>
    private void RemoveIfRetired(LimitGroup group)
    {
        if (group is { IsRetired: true, IsWriting: false, Pool.IsIdle: true } && _groups.Remove(group.Name))
        {
            group.Pool.Dispose();
            _ = _directory?.Remove(group.Name);
        }
    }

    private static string Obstacle(string step, string path, SysResult result) => $"{step} {path}: {Errno.Describe(result.Errno)}";

    /// <summary>The group of a service.</summary>
    /// <param name="Name">Its name in the directory.</param>
    /// <param name="Pool">The groups of its handlers.</param>
    private sealed class LimitGroup(string name, CgroupPool pool)
    {
        public string Name => name;

        public CgroupPool Pool => pool;

        /// <summary>The limits in force; null for one of superd's last version until they are written anew.</summary>
        public LimitsDefinition? Limits { get; set; }

        /// <summary>Whether the service has no limits any more; removed when its last handler is gone.</summary>
        public bool IsRetired { get; set; }

        /// <summary>Whether the total is being written.</summary>
        public bool IsWriting { get; set; }

        /// <summary>What to write then; null for nothing.</summary>
        public IReadOnlyList<CgroupSetting>? Wanted { get; set; }
    }
}
