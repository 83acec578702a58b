using SuperD.Linux;

namespace SuperD.Services;

/// <summary>The descriptors that stay open when superd executes its next version. Loop only.</summary>
internal sealed class KeptDescriptors
{
    private readonly HashSet<int> _numbers = [];
    private readonly HashSet<int> _passed = [];

    /// <summary>The numbers of those that are superd's own.</summary>
    public IReadOnlyList<int> Numbers => [.. _numbers];

    /// <summary>The numbers of those a service manager passed; the next version finds them as it would at a start.</summary>
    public IReadOnlyList<int> Passed => [.. _passed];

    /// <summary>Marks a descriptor that <see cref="Keep"/> has kept as one the service manager passed.</summary>
    public void KeepPassed(Fd fd)
    {
        _numbers.Remove(fd.Value);
        _passed.Add(fd.Value);
    }

    /// <summary>Keeps a descriptor, and returns its number, by which the next version finds it.</summary>
    public int Keep(Fd fd)
    {
        _numbers.Add(fd.Value);
        return fd.Value;
    }
}
