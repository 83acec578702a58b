namespace SuperD.Linux;

/// <summary>
/// The children of one thread of this process, including zombies. Its file stays open, because opening it costs more than reading
/// it. One thread.
/// </summary>
public sealed class OwnChildren : IDisposable
{
    private readonly Fd _file;

    private OwnChildren(Fd file) => _file = file;

    /// <summary>
    /// The children of the first thread, which adopts orphans; null when the kernel has no children lists.
    /// </summary>
    public static OwnChildren? OfFirstThread() => Open(ProcessTable.ChildrenFile(Environment.ProcessId));

    /// <summary>The children of the calling thread; null when the kernel has no children lists.</summary>
    public static OwnChildren? OfThisThread() => Open("/proc/thread-self/children");

    /// <summary>Adds the pids to a list.</summary>
    public void AddTo(List<int> children) => ProcFile.AddNumbers(_file, children);

    public void Dispose() => _file.Dispose();

    private static OwnChildren? Open(string path) => ProcFile.Open(path) is { } file ? new OwnChildren(file) : null;
}
