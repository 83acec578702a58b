using SuperD.Linux;

namespace SuperD;

/// <summary>How many descriptors superd may still take: a connection waits in the kernel's queue rather than fail half-way for want of one.</summary>
internal sealed partial class SuperServer
{
    /// <summary>Descriptors a launch on its way may take: the socket, both ends of the stderr pipe, the pidfd, the cgroup where it is not kept open.</summary>
    private const int DescriptorsPerLaunch = 5;

    /// <summary>Descriptors a running handler keeps: its pidfd, its stderr pipe and its socket.</summary>
    private const int DescriptorsPerHandler = 3;

    /// <summary>Descriptors a relay keeps: the client's socket and the backend's.</summary>
    private const int DescriptorsPerRelay = 2;

    /// <summary>Descriptors kept free for what else the process may open.</summary>
    private const int DescriptorReserve = 32;

    private const string OwnDescriptors = "/proc/self/fd";

    private ulong _descriptorsAtStart;

    public bool HasRoom =>
        _descriptorsAtStart + (ulong)DescriptorsInUse + DescriptorReserve < _inherited.HardOpenFiles;

    private int DescriptorsInUse =>
        (_launcher.Count * DescriptorsPerLaunch) + (_reaper.Count * DescriptorsPerHandler) + (_relays.Count * DescriptorsPerRelay)
        + _headers.Count + _latecomers.Count + _conversations.Count + _lent.Count + _ender.Count + _closes.Count + _control.Count + _trees.Descriptors;

    /// <summary>Those of connections that superd's last version has left are not there from the start.</summary>
    private void CountDescriptors() => _descriptorsAtStart = (ulong)Math.Max(0, OpenDescriptors() - DescriptorsInUse);

    /// <summary>By the size of the directory where the kernel tells it (Linux 6.2 and later): to list thousands takes two calls for each.</summary>
    private static long OpenDescriptors() => FileStatus.TryRead(OwnDescriptors, followLinks: true, out FileStatus status) == 0 && status.Size > 0
        ? (long)status.Size
        : Directory.EnumerateFileSystemEntries(OwnDescriptors).Count();
}
