using SuperD.Linux;

namespace SuperD.Services;

/// <summary>The descriptors that stay open when superd becomes its next version. Loop only.</summary>
internal sealed class KeptDescriptors
{
    private readonly HashSet<int> _numbers = [];
    private readonly HashSet<int> _passed = [];

    public IReadOnlyList<int> Numbers => [.. _numbers];

    /// <summary>Those a service manager passed: the next version finds them as it would at a start.</summary>
    public IReadOnlyList<int> Passed => [.. _passed];

    /// <summary>Keeps one, which was kept by <see cref="Keep"/>, as one the service manager passed.</summary>
    public void KeepPassed(Fd fd)
    {
        _numbers.Remove(fd.Value);
        _passed.Add(fd.Value);
    }

    /// <summary>Keeps one; its number, by which it is found again.</summary>
    public int Keep(Fd fd)
    {
        _numbers.Add(fd.Value);
        return fd.Value;
    }
}
