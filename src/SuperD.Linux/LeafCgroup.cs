namespace SuperD.Linux;

/// <summary>A group right below a directory of the cgroup v2 tree, into which one handler after the other is born. One thread.</summary>
public sealed class LeafCgroup(Cgroup parent, string name) : IDisposable
{
    /// <summary>Descriptors of one whose files are kept open.</summary>
    public const int OpenFiles = 2;

    private Fd? _directory;
    private Fd? _events;

    public string Name => name;

    /// <summary>Whether its files are kept open from one use to the next: to open them costs more than to use them.</summary>
    public bool StaysOpen { get; set; }

    /// <summary>A descriptor to launch into, which stays this object's; the group is made if it is not there.</summary>
    public SysResult Open(out Fd? directory)
    {
        SysResult result = _directory is null ? parent.CreateAndOpen(name, out _directory) : SysResult.Ok();
        directory = _directory;
        return result;
    }

    /// <summary>After the launch: closes what is not to stay open.</summary>
    public void Close()
    {
        if (!StaysOpen)
        {
            Dispose();
        }
    }

    /// <summary>What it is now; nothing when it is not there.</summary>
    public CgroupState State()
    {
        if (_events is null && StaysOpen)
        {
            _events = parent.OpenEvents(name);
        }

        return _events is null ? parent.State(name) : Cgroup.State(_events);
    }

    /// <summary>Closes its files; they are opened again when it is used again.</summary>
    public void Dispose()
    {
        _directory?.Dispose();
        _events?.Dispose();
        _directory = _events = null;
    }
}
