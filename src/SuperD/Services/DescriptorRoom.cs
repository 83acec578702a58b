using SuperD.Linux;

namespace SuperD.Services;

/// <summary>
/// How many descriptors superd may still take: without room, a connection waits in the kernel's queue, rather than fail half-way. Loop
/// only.
/// </summary>
/// <remarks>
/// There are two bounds. All services together leave a reserve, which the console's clients and the files of a reload draw on. And no
/// service takes more than three quarters of what remains: whatever its clients do, or a redirect that loops back on a path superd cannot
/// see, the other services go on.
/// </remarks>
/// <param name="stages">Their work takes descriptors; the rest of the process takes as many as it did at the start.</param>
/// <param name="most">The hard limit of open files.</param>
/// <param name="mostInReserve">How many descriptors to keep free if the limit allows it; a quarter suffices under a very low limit.</param>
internal sealed class DescriptorRoom(Stages stages, ulong most, ulong mostInReserve)
{
    /// <summary>
    /// How many descriptors a launch takes: the socket, both ends of the stderr pipe, the pidfd, and the cgroup if it is not kept open.
    /// </summary>
    public const int PerLaunch = 5;

    private const string OwnDescriptors = "/proc/self/fd";

    private readonly ulong _reserve = Math.Min(mostInReserve, most / 4);
    private ulong _others;

    private bool HasRoom => _others + (ulong)stages.Descriptors + _reserve < most;

    /// <summary>How many descriptors the connections of one service may take.</summary>
    private ulong ShareOfOne => most > _others + _reserve ? (most - _others - _reserve) / 4 * 3 : 0;

    /// <summary>Measures, once, how many descriptors the rest of the process takes.</summary>
    public void Measure() => _others = (ulong)Math.Max(0, OpenDescriptors() - stages.Descriptors);

    /// <summary>Why no connection can be accepted for a service now, for the log; null if there is room.</summary>
    public string? FindShortage(Service service) => !HasRoom ? Errno.Describe(Errno.EMFILE)
        : !HasShare(service, PerLaunch) ? $"it has {service.Descriptors} of the {ShareOfOne} descriptors that one service may take"
        : null;

    /// <summary>Whether there is room to serve a connection that has been accepted.</summary>
    public bool HasRoomFor(Connection connection) => HasRoom && HasShare(connection.Service, connection.Service.DescriptorsOfPlace);

    /// <summary>A service's descriptors, and how many it may have.</summary>
    public Occupancy OccupancyOf(Service service) => new(service.Descriptors, (int)Math.Min(ShareOfOne, int.MaxValue));

    private bool HasShare(Service service, int more) => (ulong)(service.Descriptors + more) <= ShareOfOne;

    /// <summary>
    /// Uses the directory's size, which is the count since Linux 6.2: listing thousands of entries takes two system calls each.
    /// </summary>
    private static long OpenDescriptors() =>
        FileStatus.TryRead(OwnDescriptors, followLinks: true, out FileStatus status) == 0 && status.Size > 0
            ? (long)status.Size
            : Directory.EnumerateFileSystemEntries(OwnDescriptors).Count();
}
