using SuperD.Services;

namespace SuperD.Ending;

/// <summary>See <see cref="ReleasedSockets"/>.</summary>
/// <param name="Events">The descriptor in which the kernel's events of ended sockets wait.</param>
internal sealed record SocketEventsHandover(int Events) : StageHandover;
