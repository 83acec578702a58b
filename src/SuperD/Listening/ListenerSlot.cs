using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>One address of a service after a reload: its listener, and where the socket comes from. Loop only.</summary>
/// <param name="Listener">The listener that the address will have.</param>
/// <param name="Old">
/// The listener that has the socket now: <paramref name="Listener"/> itself, one of another kind, or null for a new socket.
/// </param>
internal sealed record ListenerSlot(Listener Listener, Listener? Old)
{
    /// <summary>True when a socket has to be bound.</summary>
    public bool IsFresh => Old is null;

    /// <summary>True when a listener of another kind succeeds to the socket.</summary>
    public bool IsSuccession => Old is not null && Old != Listener;

    public void Commit(Service service, ServiceDefinition definition)
    {
        if (IsFresh)
        {
            Listener.Start();
        }
        else if (IsSuccession)
        {
            Listener.Succeed(Old!); // a succession has one
        }
        else
        {
            Listener.Renew(service, definition);
        }
    }
}
