using SuperD.Services;

namespace SuperD.Ending;

/// <summary>The kernel's queue of ended sockets, handed over to the next version; see <see cref="ReleasedSockets"/>.</summary>
/// <param name="Events">The descriptor that queues the events.</param>
internal sealed record SocketEventsHandover(int Events) : StageHandover;
