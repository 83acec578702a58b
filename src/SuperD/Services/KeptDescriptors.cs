using SuperD.Linux;

namespace SuperD.Services;

/// <summary>The descriptors that stay open when superd becomes its next version. Loop only.</summary>
internal sealed class KeptDescriptors
{
    private readonly HashSet<int> _numbers = [];

    public IReadOnlyList<int> Numbers => [.. _numbers];

    /// <summary>Keeps one; its number, by which it is found again.</summary>
    public int Keep(Fd fd)
    {
        _numbers.Add(fd.Value);
        return fd.Value;
    }
}
