using SuperD.Admission;
using SuperD.Control;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD;

/// <summary>How many descriptors superd may still take: a connection waits in the kernel's queue rather than fail half-way for want of one.</summary>
/// <remarks>
/// Two bounds. All services together leave a reserve, from which the console's clients and the files of a reload come. And no service has more
/// than three quarters of what is left without the reserve: whatever happens to one, by its clients or by a redirect that comes back by a way
/// superd cannot see, the others go on.
/// </remarks>
internal sealed partial class SuperServer
{
    /// <summary>Descriptors a launch on its way may take: the socket, both ends of the stderr pipe, the pidfd, the cgroup where it is not kept open.</summary>
    private const int DescriptorsPerLaunch = 5;

    /// <summary>Descriptors a running handler keeps: its pidfd, its stderr pipe and its socket.</summary>
    private const int DescriptorsPerHandler = 3;

    /// <summary>Descriptors a relay keeps: the client's socket and the backend's.</summary>
    private const int DescriptorsPerRelay = 2;

    /// <summary>Descriptors kept free: as many clients as the console may have, and as many for what else the process may open, such as files.</summary>
    private const int MostInReserve = 2 * ControlServer.MaxClients;

    private const string OwnDescriptors = "/proc/self/fd";

    private ulong _descriptorsAtStart;

    /// <summary>Where the limit is very low, a quarter of it is enough of a reserve.</summary>
    private ulong Reserve => Math.Min(MostInReserve, _inherited.HardOpenFiles / 4);

    private bool HasRoom => _descriptorsAtStart + (ulong)DescriptorsInUse + Reserve < _inherited.HardOpenFiles;

    /// <summary>Most descriptors the connections of one service may take.</summary>
    private ulong ShareOfOne => _inherited.HardOpenFiles is var all && all > _descriptorsAtStart + Reserve ? (all - _descriptorsAtStart - Reserve) / 4 * 3 : 0;

    private int DescriptorsInUse =>
        (_launcher.Count * DescriptorsPerLaunch) + (_reaper.Count * DescriptorsPerHandler) + (_relays.Count * DescriptorsPerRelay)
        + _headers.Count + _latecomers.Count + _conversations.Count + _lent.Count + _ender.Count + _closes.Count + _control.Count + _trees.Descriptors;

    public string? FindShortage(Service service) =>
        !HasRoom ? Errno.Describe(Errno.EMFILE)
        : !HasShare(service, DescriptorsPerLaunch) ? $"it has {service.Descriptors} of the {ShareOfOne} descriptors that one service may take"
        : null;

    /// <summary>Whether there is room to serve a connection that is accepted already.</summary>
    private bool HasRoomFor(Connection connection) => HasRoom && HasShare(connection.Service, connection.Service.DescriptorsOfPlace);

    private Verdict OutOfDescriptors(Service service) =>
        new(Refusal.Descriptors, new Occupancy(service.Descriptors, (int)Math.Min(ShareOfOne, int.MaxValue)), TimeSpan.Zero);

    private bool HasShare(Service service, int more) => (ulong)(service.Descriptors + more) <= ShareOfOne;

    /// <summary>Those of connections that superd's last version has left are not there from the start.</summary>
    private void CountDescriptors() => _descriptorsAtStart = (ulong)Math.Max(0, OpenDescriptors() - DescriptorsInUse);

    /// <summary>By the size of the directory where the kernel tells it (Linux 6.2 and later): to list thousands takes two calls for each.</summary>
    private static long OpenDescriptors() => FileStatus.TryRead(OwnDescriptors, followLinks: true, out FileStatus status) == 0 && status.Size > 0
        ? (long)status.Size
        : Directory.EnumerateFileSystemEntries(OwnDescriptors).Count();
}
