using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>One address of a service after a reload: which listener has it, and where its socket comes from. Loop only.</summary>
/// <param name="Listener">Who will have it.</param>
/// <param name="Old">Who has the socket now: <paramref name="Listener"/> itself, one of another kind, or nobody (null): it is a new one.</param>
internal sealed record ListenerSlot(Listener Listener, Listener? Old)
{
    /// <summary>True where a socket has to be bound.</summary>
    public bool IsFresh => Old is null;

    /// <summary>True where another kind of listener goes on with the socket.</summary>
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
