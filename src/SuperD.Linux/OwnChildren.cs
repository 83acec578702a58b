namespace SuperD.Linux;

/// <summary>
/// The children of one thread of this process, including zombies. Its file stays open, because opening it costs more than reading
/// it. One thread.
/// </summary>
public sealed class OwnChildren : IDisposable
{
    private readonly Fd _file;

    private NumberReader _numbers;

    private OwnChildren(Fd file)
    {
        _file = file;
        _numbers = new NumberReader(file);
    }

    /// <summary>
    /// The children of the first thread, which adopts orphans; null when the kernel has no children lists.
    /// </summary>
    public static OwnChildren? OfFirstThread() => Open(ProcessTable.ChildrenFile(Environment.ProcessId));

    /// <summary>The children of the calling thread; null when the kernel has no children lists.</summary>
    public static OwnChildren? OfThisThread() => Open("/proc/thread-self/children");

    /// <summary>Goes back to the first child.</summary>
    public void Restart() => _numbers = new NumberReader(_file);

    /// <summary>Adds some hundred of the children to a list, oldest first; false when there are no more.</summary>
    /// <remarks>With tens of thousands each piece takes milliseconds, so nobody reads more than he needs.</remarks>
    public bool AddNext(List<int> children) => _numbers.AddNext(children);

    public void Dispose() => _file.Dispose();

    private static OwnChildren? Open(string path) => ProcFile.Open(path) is { } file ? new OwnChildren(file) : null;
}
