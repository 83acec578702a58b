using SuperD.Linux;

namespace SuperD.Services;

/// <summary>
/// One accepted connection and its peer; or the conversation of one peer over datagrams; or one run of a wait service, which accepts
/// for itself and so has no peer here, except over datagrams: there it is the sender of the first one.
/// </summary>
/// <param name="id">1 and up, never used twice in superd's life; in every log line and the handler's SUPERD_CONNECTION.</param>
/// <param name="socket">What the handler gets as fd 0: the accepted socket, or a duplicate of the listener's; owned by the connection.</param>
/// <param name="peer">Who connected, or sent the first datagram; not known for a wait service of connections.</param>
/// <param name="listener">The address of the listener it came by, which may be a wildcard; its port is the real one.</param>
internal sealed class Connection(long id, Service service, Fd socket, Peer peer, LocalAddress listener)
{
    public long Id { get; } = id;

    public Service Service { get; } = service;

    public Fd Socket { get; } = socket;

    public Peer Peer { get; } = peer;

    public LocalAddress Listener { get; } = listener;
}
