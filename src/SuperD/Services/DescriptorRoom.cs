using SuperD.Linux;

namespace SuperD.Services;

/// <summary>How many descriptors superd may still take: a connection waits in the kernel's queue rather than fail half-way for want of one. Loop only.</summary>
/// <param name="stages">Their work takes descriptors; the rest of the process takes as many as at its start.</param>
/// <param name="most">The hard limit of open files.</param>
internal sealed class DescriptorRoom(Stages stages, ulong most)
{
    /// <summary>Descriptors kept free for what else the process may open.</summary>
    private const int Reserve = 32;

    private const string OwnDescriptors = "/proc/self/fd";

    private ulong _others;

    /// <summary>Whether one more connection may be accepted.</summary>
    public bool HasRoom => _others + (ulong)stages.Descriptors + Reserve < most;

    /// <summary>Counts, once, what the rest of the process takes.</summary>
    public void Measure() => _others = (ulong)Math.Max(0, OpenDescriptors() - stages.Descriptors);

    /// <summary>By the size of the directory where the kernel tells it (Linux 6.2 and later): to list thousands takes two calls for each.</summary>
    private static long OpenDescriptors() => FileStatus.TryRead(OwnDescriptors, followLinks: true, out FileStatus status) == 0 && status.Size > 0
        ? (long)status.Size
        : Directory.EnumerateFileSystemEntries(OwnDescriptors).Count();
}
