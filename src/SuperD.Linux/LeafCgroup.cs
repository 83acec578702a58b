namespace SuperD.Linux;

/// <summary>A child group of a cgroup v2 directory, in which handlers are created one after another. One thread.</summary>
public sealed class LeafCgroup(Cgroup parent, string name) : IDisposable
{
    /// <summary>The number of descriptors it uses while <see cref="StaysOpen"/>.</summary>
    public const int OpenFiles = 2;

    private Fd? _directory;
    private Fd? _events;

    /// <summary>The name of the group within its parent.</summary>
    public string Name => name;

    /// <summary>What is written into the group when it is made.</summary>
    public IReadOnlyList<CgroupSetting> Settings { get; init; } = [];

    /// <summary>Whether the kernel counts what its processes use.</summary>
    public bool IsCounted { get; init; }

    /// <summary>Which of its owner's settings it was made with.</summary>
    public int Generation { get; init; }

    /// <summary>What the kernel had counted before the present use.</summary>
    public CgroupEvents EventsBefore { get; set; }

    /// <summary>What the kernel has counted so far; nothing unless <see cref="IsCounted"/>.</summary>
    public CgroupEvents Events => IsCounted ? parent.Events(name) : default;

    /// <summary>The memory that its processes use, in bytes; null if it is not counted.</summary>
    public long? Memory => IsCounted ? parent.Memory(name) : null;

    /// <summary>Whether its files stay open between uses: opening them costs more than using them.</summary>
    public bool StaysOpen { get; set; }

    /// <summary>Opens the group to launch into, and creates it if it does not exist; this object keeps the descriptor.</summary>
    public SysResult Open(out Fd? directory)
    {
        SysResult result = _directory is null ? parent.CreateAndOpen(name, Settings, out _directory) : SysResult.Ok();
        directory = _directory;
        return result;
    }

    /// <summary>Call after the launch: closes the files unless <see cref="StaysOpen"/>.</summary>
    public void Close()
    {
        if (!StaysOpen)
        {
            Dispose();
        }
    }

    /// <summary>The current state; None when the group does not exist.</summary>
    public CgroupState State()
    {
        if (_events is null && StaysOpen)
        {
            _events = parent.OpenEvents(name);
        }

        return _events is null ? parent.State(name) : Cgroup.State(_events);
    }

    /// <summary>Closes the files; the next use opens them again.</summary>
    public void Dispose()
    {
        _directory?.Dispose();
        _events?.Dispose();
        _directory = _events = null;
    }
}
