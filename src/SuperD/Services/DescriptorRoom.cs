using SuperD.Linux;

namespace SuperD.Services;

/// <summary>How many descriptors superd may still take: a connection waits in the kernel's queue rather than fail half-way for want of one. Loop only.</summary>
/// <remarks>
/// Two bounds. All services together leave a reserve, from which the console's clients and the files of a reload come. And no service has more
/// than three quarters of what is left without the reserve: whatever happens to one, by its clients or by a redirect that comes back by a way
/// superd cannot see, the others go on.
/// </remarks>
/// <param name="stages">Their work takes descriptors; the rest of the process takes as many as at its start.</param>
/// <param name="most">The hard limit of open files.</param>
/// <param name="mostInReserve">Descriptors kept free where the limit allows it; a quarter of a very low limit is enough.</param>
internal sealed class DescriptorRoom(Stages stages, ulong most, ulong mostInReserve)
{
    /// <summary>Descriptors of a launch under way: the socket, both ends of the stderr pipe, the pidfd, the cgroup where it is not kept open.</summary>
    public const int PerLaunch = 5;

    private const string OwnDescriptors = "/proc/self/fd";

    private readonly ulong _reserve = Math.Min(mostInReserve, most / 4);
    private ulong _others;

    private bool HasRoom => _others + (ulong)stages.Descriptors + _reserve < most;

    /// <summary>Most descriptors that the connections of one service may take.</summary>
    private ulong ShareOfOne => most > _others + _reserve ? (most - _others - _reserve) / 4 * 3 : 0;

    /// <summary>Counts, once, what the rest of the process takes.</summary>
    public void Measure() => _others = (ulong)Math.Max(0, OpenDescriptors() - stages.Descriptors);

    /// <summary>Why no connection can be accepted for a service now, for the log; null when there is room.</summary>
    public string? FindShortage(Service service) => !HasRoom ? Errno.Describe(Errno.EMFILE)
        : !HasShare(service, PerLaunch) ? $"it has {service.Descriptors} of the {ShareOfOne} descriptors that one service may take"
        : null;

    /// <summary>Whether there is room to serve a connection that is accepted already.</summary>
    public bool HasRoomFor(Connection connection) => HasRoom && HasShare(connection.Service, connection.Service.DescriptorsOfPlace);

    /// <summary>The descriptors that a service has, of those that it may have.</summary>
    public Occupancy OccupancyOf(Service service) => new(service.Descriptors, (int)Math.Min(ShareOfOne, int.MaxValue));

    private bool HasShare(Service service, int more) => (ulong)(service.Descriptors + more) <= ShareOfOne;

    /// <summary>By the size of the directory where the kernel tells it (Linux 6.2 and later): to list thousands takes two calls for each.</summary>
    private static long OpenDescriptors() => FileStatus.TryRead(OwnDescriptors, followLinks: true, out FileStatus status) == 0 && status.Size > 0
        ? (long)status.Size
        : Directory.EnumerateFileSystemEntries(OwnDescriptors).Count();
}
