namespace SuperD.Linux;

/// <summary>
/// The children of one thread of this process, zombies included; its file stays open, since to open it costs more than to read it. One
/// thread.
/// </summary>
public sealed class OwnChildren : IDisposable
{
    private readonly Fd _file;

    private OwnChildren(Fd file) => _file = file;

    /// <summary>
    /// Those of the first thread, to which the kernel gives processes whose parent has ended; null where it has no such lists.
    /// </summary>
    public static OwnChildren? OfFirstThread() => Open(ProcessTable.ChildrenFile(Environment.ProcessId));

    /// <summary>Those of the calling thread.</summary>
    public static OwnChildren? OfThisThread() => Open("/proc/thread-self/children");

    public void AddTo(List<int> children) => ProcFile.AddNumbers(_file, children);

    public void Dispose() => _file.Dispose();

    private static OwnChildren? Open(string path) => ProcFile.Open(path) is { } file ? new OwnChildren(file) : null;
}
