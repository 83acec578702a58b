namespace SuperD.Linux;

/// <summary>The resources of setrlimit(2) that superd offers; the values are the RLIMIT_ numbers of x86-64 and arm64.</summary>
public enum Resource
{
    Cpu = 0,
    FileSize = 1,
    Data = 2,
    Stack = 3,
    Core = 4,
    ResidentSet = 5,
    Processes = 6,
    OpenFiles = 7,
    LockedMemory = 8,
    AddressSpace = 9,
}

/// <summary>A limit to set on a resource, in the unit of setrlimit(2) (bytes, seconds or a count).</summary>
/// <param name="Resource">The resource.</param>
/// <param name="Soft">The enforced limit; <see cref="Unlimited"/> for none.</param>
/// <param name="Hard">The ceiling for the soft limit; <see cref="Unlimited"/> for none.</param>
public readonly record struct ResourceLimit(Resource Resource, ulong Soft, ulong Hard)
{
    /// <summary>RLIM_INFINITY.</summary>
    public const ulong Unlimited = ulong.MaxValue;
}
