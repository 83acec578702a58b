using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Cgroups below one of superd's directories, each used by one handler after the other. Loop only.</summary>
/// <remarks>
/// Making and removing a group costs more than the launch itself, so groups are reused, and the files of some free ones stay open. A group
/// that got cgroup.kill is never reused: on Linux 6.18 every child that is later born into it is killed at birth, because its kill count
/// differs from that of its parent's group.
/// </remarks>
internal sealed class CgroupPool : IDisposable
{
    /// <summary>Free groups whose files stay open while handlers live; none where descriptors are few.</summary>
    private const int MostOpen = 64;

    private const ulong FewDescriptors = 4096;

    // A superd without clients holds no descriptor that it does not need.
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(1);

    private readonly Cgroup _directory;
    private readonly EventLoop _loop;
    private readonly string _prefix;
    private readonly int _mostOpen;
    private readonly Stack<LeafCgroup> _free = new();
    private readonly Stack<LeafCgroup> _freeAndOpen = new();
    private readonly HashSet<LeafCgroup> _killed = [];
    private readonly HashSet<string> _handedKilled = [];
    private readonly List<string> _dropped = [];
    private int _count;
    private int _inUse;
    private int _inUseAndOpen;
    private int _generation;
    private bool _isResting;
    private IReadOnlyList<CgroupSetting> _settings = [];

    /// <param name="directory">superd's own directory.</param>
    /// <param name="mostDescriptors">The hard limit of open files.</param>
    /// <param name="prefix">How the names of the groups begin: with that of a group between, and a slash; empty for none.</param>
    public CgroupPool(Cgroup directory, EventLoop loop, ulong mostDescriptors, string prefix = "")
    {
        _directory = directory;
        _loop = loop;
        _prefix = prefix;
        _mostOpen = mostDescriptors < FewDescriptors ? 0 : MostOpen;
    }

    /// <summary>The path of superd's own directory.</summary>
    public string Path => _directory.Path;

    /// <summary>Descriptors that the groups hold.</summary>
    public int Descriptors => (_inUseAndOpen + _freeAndOpen.Count) * LeafCgroup.OpenFiles;

    /// <summary>How many names of groups have been used.</summary>
    public int Count
    {
        get => _count;
        init => _count = value;
    }

    /// <summary>Whether no group is in use.</summary>
    public bool IsIdle => _inUse == 0;

    /// <summary>Whether the kernel counts what the processes of a group use.</summary>
    public bool IsCounted { get; init; }

    /// <summary>What is written into a group when it is made. Groups made with other settings are not used again.</summary>
    /// <remarks>A used group keeps page cache, so that to lower its memory could take long.</remarks>
    public IReadOnlyList<CgroupSetting> Settings
    {
        get => _settings;
        set
        {
            _settings = value;
            _generation++;
            RemoveFree();
        }
    }

    /// <summary>Whether handlers may write to the files of the groups: then a group is checked before it is used again.</summary>
    public bool IsWritable { get; set; }

    /// <summary>Marks the directory as in use, and shows that a child can be born into a group in it.</summary>
    /// <returns>What prevents it; null when nothing does.</returns>
    public string? TryUse(ProcessLauncher launcher)
    {
        const string First = "0";
        SysResult result = _directory.TryLock();
        if (result.IsError)
        {
            return Obstacle("flock", result);
        }

        result = _directory.CreateAndOpen(First, out Fd? opened);
        if (opened is null)
        {
            return Obstacle("mkdir", result);
        }

        result = launcher.TryCgroup(opened);
        opened.Dispose();
        if (result.IsError)
        {
            return Obstacle("clone3 into", result);
        }

        _count = 1;
        _free.Push(new LeafCgroup(_directory, First));
        return null;
    }

    /// <summary>Continues with the groups of superd's last version.</summary>
    public void Inherit(CgroupsHandover handed)
    {
        _count = handed.Count;
        foreach (string name in handed.Free)
        {
            _free.Push(new LeafCgroup(_directory, name));
        }

        _handedKilled.UnionWith(handed.Killed);
    }

    /// <summary>A group that a handler of superd's last version is in.</summary>
    public LeafCgroup InheritUsed(string name)
    {
        var leaf = new LeafCgroup(_directory, name) { IsCounted = IsCounted, Generation = -1 };
        _inUse++;
        if (_handedKilled.Contains(name))
        {
            _killed.Add(leaf);
        }

        return leaf;
    }

    /// <summary>The groups, for superd's next version; the directory stays open, and with it its lock.</summary>
    /// <param name="parent">The path of the group superd is in.</param>
    /// <param name="name">The name of superd's own directory in it.</param>
    public CgroupsHandover HandOver(string parent, string name, KeptDescriptors kept) =>
        new(parent, name, kept.Keep(_directory.Directory), _count, NamesOf(_free.Concat(_freeAndOpen)), NamesOf(_killed));

    /// <summary>Gives out an empty group, until <see cref="Return"/>. Its files stay open for a start.</summary>
    public LeafCgroup Take()
    {
        LeafCgroup leaf = TakeFree();
        leaf.StaysOpen = _mostOpen > 0;
        _inUse++;
        _inUseAndOpen += leaf.StaysOpen ? 1 : 0;
        return leaf;
    }

    /// <summary>Closes the files of a group that will be in use for longer.</summary>
    public void CloseFiles(LeafCgroup leaf)
    {
        if (leaf.StaysOpen)
        {
            leaf.StaysOpen = false;
            leaf.Close();
            _inUseAndOpen--;
        }
    }

    /// <summary>Nothing of the handler lives: the group is free again, unless it got KILL or something is wrong with it.</summary>
    public void Return(LeafCgroup leaf)
    {
        if (--_inUse == 0 && !_isResting)
        {
            _isResting = true;
            _loop.Schedule(s_rest, Rest);
        }

        _inUseAndOpen -= leaf.StaysOpen ? 1 : 0;
        if (IsWritable && leaf.State() != CgroupState.None)
        {
            Drop(leaf);
            return;
        }

        bool isOutdated = leaf.Generation != _generation && IsCounted;
        if (leaf.StaysOpen && _freeAndOpen.Count < _mostOpen && !isOutdated && !_killed.Contains(leaf))
        {
            _freeAndOpen.Push(leaf);
            return;
        }

        leaf.Dispose();
        if (_killed.Remove(leaf) || isOutdated)
        {
            _ = _directory.Remove(leaf.Name); // its name is not used again either
        }
        else
        {
            _free.Push(leaf);
        }
    }

    /// <summary>The processes in a group.</summary>
    public IReadOnlyList<int> Processes(LeafCgroup leaf) => _directory.Processes(leaf.Name);

    /// <summary>Signals every process in a group; one that got KILL is not used again.</summary>
    /// <returns>How many processes.</returns>
    public int Signal(LeafCgroup leaf, int signal)
    {
        if (signal == Linux.Signal.SIGKILL)
        {
            _killed.Add(leaf);
        }

        return _directory.Signal(leaf.Name, signal);
    }

    /// <summary>Lets the processes of a group run. A group is frozen too when the directory above it is.</summary>
    public void Thaw(LeafCgroup leaf)
    {
        _ = _directory.Thaw();
        _ = _directory.Thaw(leaf.Name);
    }

    /// <summary>Removes all groups that hold no process.</summary>
    public void Dispose()
    {
        RemoveFree();
        RemoveDropped();
    }

    private void RemoveFree()
    {
        foreach (LeafCgroup leaf in _free.Concat(_freeAndOpen))
        {
            leaf.Dispose();
            _ = _directory.Remove(leaf.Name);
        }

        _free.Clear();
        _freeAndOpen.Clear();
    }

    /// <summary>An empty group. A free one that somebody has frozen or moved into since is not used.</summary>
    private LeafCgroup TakeFree()
    {
        while (_freeAndOpen.TryPop(out LeafCgroup? leaf) || _free.TryPop(out leaf))
        {
            if (!IsWritable || leaf.State() == CgroupState.None)
            {
                return leaf;
            }

            Drop(leaf);
        }

        return new LeafCgroup(_directory, $"{_prefix}{_count++}") { Settings = _settings, IsCounted = IsCounted, Generation = _generation };
    }

    /// <summary>Never uses a group again, and lets the processes in it run.</summary>
    private void Drop(LeafCgroup leaf)
    {
        Thaw(leaf);
        leaf.Dispose();
        _killed.Remove(leaf);
        _dropped.Add(leaf.Name);
        RemoveDropped();
    }

    /// <summary>No handler has lived for a moment: closes the files of free groups.</summary>
    private void Rest()
    {
        _isResting = false;
        RemoveDropped();
        if (_inUse == 0)
        {
            while (_freeAndOpen.TryPop(out LeafCgroup? leaf))
            {
                leaf.Dispose();
                _free.Push(leaf);
            }
        }
    }

    private void RemoveDropped() =>
        _dropped.RemoveAll(name => _directory.Remove(name) is { IsError: false } or { Errno: Errno.ENOENT });

    private string Obstacle(string step, SysResult result) => $"{step} {Path}: {Errno.Describe(result.Errno)}";

    private static string[] NamesOf(IEnumerable<LeafCgroup> leaves) => [.. leaves.Select(leaf => leaf.Name)];
}
