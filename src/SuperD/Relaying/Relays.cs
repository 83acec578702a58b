using System.Collections.Immutable;
using System.Net;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Relaying;

/// <summary>Receives the events of the relays; the conductor implements it.</summary>
internal interface IRelaySink
{
    /// <summary>A client has been connected to its backend.</summary>
    void OnRelayed(Connection connection, EndPoint backend);

    /// <summary>No backend answered; the receiver owns the client's socket again.</summary>
    /// <param name="tried">Which addresses were tried, and the result of each.</param>
    void OnBackendFailed(Connection connection, string tried);

    /// <summary>A relayed connection has ended; both its sockets are closed.</summary>
    void OnRelayEnded(Connection connection, RelayEnd end);
}

/// <summary>The relayed connections of all redirect services. Loop only.</summary>
/// <param name="lookUp">See <see cref="BackendResolver"/>.</param>
internal sealed class Relays(Stages stages, EventLoop loop, IRelaySink sink, Func<string, IPAddress[]> lookUp) : Stage(stages)
{
    private readonly HashSet<Relay> _relays = [];

    /// <summary>How many relays look for their backend or have it.</summary>
    public override int Count => _relays.Count;

    /// <summary>Two per relay: the client's socket and the backend's.</summary>
    public override int Descriptors => _relays.Count * 2;

    /// <summary>superd's own connections to backends.</summary>
    internal OwnConnections Own { get; } = new();

    /// <summary>Looks up the names of backends.</summary>
    internal BackendResolver Resolver { get; } = new(loop, lookUp);

    /// <summary>The buffer for one step of one relay.</summary>
    internal byte[] Scratch => field ??= new byte[RelayDirection.BufferSize];

    /// <summary>The services through which superd itself reached its own listener; empty if the client is not superd.</summary>
    public ImmutableArray<string> WayTo(Fd accepted, Peer peer, LocalAddress listener) =>
        Own.FindClient(accepted, peer, listener) is { } client ? client.Through.Add(client.Service.Name) : [];

    /// <summary>Takes over a connection and its socket; the sink is notified of its end, once.</summary>
    public void Start(Connection connection)
    {
        loop.AssertOnLoop();
        Add(connection, loop.NowMs).Start();
    }

    public override StageHandover HandOver(KeptDescriptors kept) =>
        new RelaysHandover([.. _relays.Select(relay => relay.HandOver(kept)).OfType<RelayHandover>()]);

    /// <summary>Inherits relays; a relay without a backend looks for it again.</summary>
    public override bool TryInherit(StageHandover part, Inheritance inheritance)
    {
        if (part is not RelaysHandover handed)
        {
            return false;
        }

        foreach (RelayHandover each in handed.Relays)
        {
            if (inheritance.Take(each.Connection.Socket) is { } socket)
            {
                Inherit(each, inheritance.RestoreAdmitted(each.Connection, socket), inheritance.Take(each.Relayed?.Backend));
            }
        }

        return true;
    }

    /// <summary>Ends all relays.</summary>
    public override void EndAll()
    {
        foreach (Relay relay in _relays.ToArray())
        {
            relay.Stop(RelayEndReason.Shutdown);
        }
    }

    /// <summary>Runs when a relay has its backend.</summary>
    internal void OnConnected(Relay relay, EndPoint backend) => sink.OnRelayed(relay.Connection, backend);

    /// <summary>Runs when a relay found no backend.</summary>
    internal void OnFailed(Relay relay, string tried)
    {
        Remove(relay);
        sink.OnBackendFailed(relay.Connection, tried);
    }

    /// <summary>Runs when a connected relay has ended.</summary>
    internal void OnEnded(Relay relay, RelayEnd end)
    {
        Remove(relay);
        relay.Connection.Socket.Dispose();
        sink.OnRelayEnded(relay.Connection, end);
    }

    private Relay Add(Connection connection, long startedMs)
    {
        var relay = new Relay(this, loop, connection, startedMs);
        connection.Server = relay;
        _relays.Add(relay);
        return relay;
    }

    private void Inherit(RelayHandover handed, Connection connection, Fd? backend)
    {
        if (backend is null && connection.Service.Definition.Redirect is null)
        {
            sink.OnBackendFailed(connection, "the service no longer redirects");
            return;
        }

        Relay relay = Add(connection, handed.StartedMs);
        if (backend is not null && handed.Relayed is { } relayed)
        {
            relay.Inherit(relayed, backend);
        }
        else
        {
            relay.Start();
        }
    }

    private void Remove(Relay relay)
    {
        _relays.Remove(relay);
        relay.Dispose();
    }
}
