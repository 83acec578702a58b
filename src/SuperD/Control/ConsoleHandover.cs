using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Control;

/// <summary>The console's socket and its clients, for superd's next version.</summary>
/// <param name="Socket">The number of the listening socket.</param>
/// <param name="Path">Where its file is.</param>
/// <param name="File">The file that superd made.</param>
internal sealed record ConsoleHandover(int Socket, string Path, FileIdentity File, IReadOnlyList<ControlClientHandover> Clients)
    : StageHandover;

/// <summary>See <see cref="ControlClient"/>.</summary>
/// <param name="Request">The received bytes that are not answered.</param>
/// <param name="Output">The bytes still to be sent.</param>
/// <param name="Followed">The service whose lines it gets; null for all, if <paramref name="Follows"/>.</param>
/// <param name="IsAsker">Whether it has asked for the upgrade and waits for the answer.</param>
internal sealed record ControlClientHandover(
    int Socket, byte[] Request, byte[] Output, bool Follows, string? Followed, bool HasEnded, bool IsClosing, bool IsAsker);
