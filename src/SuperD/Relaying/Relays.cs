using System.Collections.Immutable;
using System.Net;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Relaying;

/// <summary>What the relays tell; the conductor listens.</summary>
internal interface IRelaySink
{
    /// <summary>A client has its backend.</summary>
    void OnRelayed(Connection connection, EndPoint backend);

    /// <summary>No backend answered; the client's socket is the receiver's again.</summary>
    /// <param name="tried">Which addresses were tried, and what each said.</param>
    void OnBackendFailed(Connection connection, string tried);

    /// <summary>A connection that was relayed has ended; both its sockets are closed.</summary>
    void OnRelayEnded(Connection connection, RelayEnd end);
}

/// <summary>The relayed connections of all redirect services. Loop only.</summary>
/// <param name="lookUp">See <see cref="BackendResolver"/>.</param>
internal sealed class Relays(Stages stages, EventLoop loop, IRelaySink sink, Func<string, IPAddress[]> lookUp) : Stage(stages)
{
    private readonly HashSet<Relay> _relays = [];

    /// <summary>Relays that look for their backend or have it.</summary>
    public override int Count => _relays.Count;

    /// <summary>The client's socket and the backend's.</summary>
    public override int Descriptors => _relays.Count * 2;

    internal OwnConnections Own { get; } = new();

    internal BackendResolver Resolver { get; } = new(loop, lookUp);

    /// <summary>What is read and not yet written, within one step of one relay.</summary>
    internal byte[] Scratch => field ??= new byte[RelayDirection.BufferSize];

    /// <summary>The services through which superd itself has relayed a connection to its own listener; none when the client is somebody else.</summary>
    public ImmutableArray<string> WayTo(Fd accepted, Peer peer, LocalAddress listener) =>
        Own.FindClient(accepted, peer, listener) is { } client ? client.Through.Add(client.Service.Name) : [];

    /// <summary>Takes a connection, and its socket; the sink is told of its end, once.</summary>
    public void Start(Connection connection)
    {
        loop.AssertOnLoop();
        Add(connection, loop.NowMs).Start();
    }

    public override StageHandover HandOver(KeptDescriptors kept) =>
        new RelaysHandover([.. _relays.Select(relay => relay.HandOver(kept)).OfType<RelayHandover>()]);

    /// <summary>A relay that has no backend yet looks for it again.</summary>
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

    /// <summary>Ends all of them.</summary>
    public override void EndAll()
    {
        foreach (Relay relay in _relays.ToArray())
        {
            relay.Stop(RelayEndReason.Shutdown);
        }
    }

    internal void OnConnected(Relay relay, EndPoint backend) => sink.OnRelayed(relay.Connection, backend);

    internal void OnFailed(Relay relay, string tried)
    {
        Remove(relay);
        sink.OnBackendFailed(relay.Connection, tried);
    }

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
            sink.OnBackendFailed(connection, "the service redirects no more");
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
