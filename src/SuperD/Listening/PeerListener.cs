using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>UDP without <c>wait</c>: each peer gets a handler of its own, and a socket connected to it. Loop only.</summary>
/// <remarks>
/// The first datagram of a peer arrives here. superd makes a socket that is bound to the address the datagram was sent to and connected to
/// its sender; from then on the kernel delivers the peer's datagrams there. superd moves those that arrived here before to the new socket
/// too (<see cref="UdpReplay"/>). It takes out those of other peers that arrived in the new socket before it was connected, and treats them
/// as if they had arrived here. When the handler ends, the datagrams it has not read begin a new conversation. So nothing is lost at either
/// end.
/// </remarks>
internal sealed class PeerListener(EventLoop loop, Service service, ListenAddress address, IConnectionSink sink, ILogger log)
    : Listener(loop, service, address, sink, log)
{
    /// <summary>Datagrams received per turn. Most are the first of their peer, and cost a socket and a launch each.</summary>
    private const int ReceiveBudget = 32;

    /// <summary>More than the kernel's default buffer holds. Bounded, because a peer may send faster than superd reads.</summary>
    private const int DrainBudget = 512;

    // Shared by all listeners: the loop is one thread, and the buffers hold nothing between two reads.
    private static readonly byte[] s_datagram = new byte[UdpSocket.MaxDatagramBytes];
    private static readonly byte[] s_stray = new byte[UdpSocket.MaxDatagramBytes];

    private readonly Dictionary<UdpFlow, PeerSession> _byFlow = [];
    private readonly Dictionary<Connection, PeerSession> _byConnection = [];
    private readonly Queue<(UdpFlow Flow, byte[] Payload)> _strays = new();
    private UdpReplay? _replay;

    public override ListenerKind Kind => ListenerKind.UdpPeers;

    public override void OnReady(EpollEvents events)
    {
        for (int budget = ReceiveBudget; budget > 0 && !IsPaused; budget--)
        {
            if (Sink.FindShortage(Service) is { } shortage)
            {
                PauseUnderPressure(shortage);
                return;
            }

            SysResult result = UdpSocket.Receive(Socket, BoundTo.EndPoint.Port, s_datagram, out UdpFlow flow);
            if (result.Errno == Errno.EAGAIN)
            {
                return;
            }

            if (!result.IsError)
            {
                Take(flow, s_datagram.AsSpan(0, result.Value));
            }
        }
    }

    public override void TakeBack(Connection connection, TimeSpan ran)
    {
        if (Forget(connection) is not { } session)
        {
            TakeBackFromWait();
            return;
        }

        if (!IsBound)
        {
            session.Dispose(); // a reload made another kind of service of the address; nobody is left to serve unread datagrams
            return;
        }

        // 1. Datagrams that arrive from now on arrive here.
        _ = UdpSocket.TurnAway(session.Socket, session.Flow);

        // 2. If the datagram that the handler was started for is still unread, it would only start the next handler in vain.
        if (!UdpSocket.PeekFirst(session.Socket, out DatagramMark first).IsError && first == session.First)
        {
            _ = UdpSocket.DropFirst(session.Socket);
            Log.DatagramDropped(Service.Name, connection.Id, connection.Peer, first.Length, DropReasons.Unread);
        }

        // 3. The others came too late for this handler and begin a new conversation.
        for (int budget = DrainBudget; budget > 0; budget--)
        {
            SysResult result = UdpSocket.Receive(session.Socket, session.Flow.Local.Port, s_datagram, out _);
            if (result.Errno == Errno.EAGAIN)
            {
                break;
            }

            if (!result.IsError)
            {
                Take(session.Flow, s_datagram.AsSpan(0, result.Value));
            }
        }

        session.Dispose();
    }

    /// <summary>Closing the peer's socket discards its datagrams, and only its own.</summary>
    public override void TurnAway(Connection? connection, Action<Peer> done)
    {
        PeerSession? session = connection is null ? null : Forget(connection);
        session?.Dispose();
        if (session is null)
        {
            TakeBackFromWait();
        }

        done(connection?.Peer ?? default);
    }

    public override void Close()
    {
        foreach (PeerSession session in _byFlow.Values)
        {
            session.Dispose();
        }

        _byFlow.Clear();
        _byConnection.Clear();
        _replay?.Dispose();
        _replay = null;
        base.Close();
    }

    public override string? TryPrepareToSucceed()
    {
        if (_replay is not null)
        {
            return null;
        }

        bool isV6 = Address.EndPoint.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        SysResult raw = UdpReplay.Open(isV6, out _replay);
        return raw.IsError ? $"raw socket: {Errno.Describe(raw.Errno)}; give superd CAP_NET_RAW, or write wait = true" : null;
    }

    /// <summary>Inherits the peers of superd's last version whose handlers live.</summary>
    public void InheritPeers(IReadOnlyList<PeerSessionHandover> handed, Inheritance inheritance)
    {
        foreach (PeerSessionHandover peer in handed)
        {
            if (inheritance.Find(peer.Connection) is { } connection && inheritance.Take(peer.Socket) is { } socket)
            {
                var session = new PeerSession(Loop, Sink, connection, socket, peer);
                _byFlow.Add(session.Flow, session);
                _byConnection.Add(connection, session);
            }
        }
    }

    protected override ListenerHandover Complete(ListenerHandover handover, KeptDescriptors kept) =>
        handover with { Peers = [.. _byFlow.Values.Select(session => session.HandOver(kept))] };

    protected override void Restore(ListenerHandover handed)
    {
        if (TryPrepareToSucceed() is { } problem)
        {
            Log.BindFailed(Service.Name, Address.ToString(), problem, 0);
        }
    }

    protected override BindProblem? Bind(ServiceDefinition definition, out Fd? socket)
    {
        socket = null;
        if (TryPrepareToSucceed() is { } problem)
        {
            return new BindProblem(problem);
        }

        SysResult result = UdpSocket.Bind(Address.EndPoint, v6Only: true, perPeer: true, out socket);
        return result.IsError ? BindProblem.Of(result) : null;
    }

    protected override void Convert(Fd socket) => UdpSocket.MakePerPeer(socket, Address.EndPoint);

    /// <summary>The peers that are being served keep their own sockets.</summary>
    protected override Fd? GiveAway()
    {
        _replay?.Dispose();
        _replay = null;
        return base.GiveAway();
    }

    /// <summary>A wait handler has ended that got the socket before a reload.</summary>
    private void TakeBackFromWait()
    {
        if (IsBound && IsLent)
        {
            TakeBack();
        }
    }

    /// <summary>A datagram has arrived: delivers it to its peer's socket, and makes that if there is none.</summary>
    private void Take(UdpFlow flow, ReadOnlySpan<byte> payload)
    {
        Place(flow, payload);
        while (_strays.TryDequeue(out (UdpFlow Flow, byte[] Payload) stray))
        {
            Place(stray.Flow, stray.Payload);
        }
    }

    private void Place(UdpFlow flow, ReadOnlySpan<byte> payload)
    {
        // Datagrams from our own address come from a descendant of an ended handler, by a socket that was turned away.
        if (flow.Peer == flow.Local)
        {
            return;
        }

        if (_byFlow.TryGetValue(flow, out PeerSession? known))
        {
            if (Deliver(flow, payload).IsError)
            {
                Connection connection = known.Connection;
                Log.DatagramDropped(Service.Name, connection.Id, connection.Peer, payload.Length, DropReasons.Undeliverable);
            }
        }
        else if (Sink.Admits(this, flow.Peer))
        {
            Begin(flow, payload);
        }
    }

    /// <summary>Makes the socket of an admitted peer, puts its first datagram in it, and has a handler started.</summary>
    private void Begin(UdpFlow flow, ReadOnlySpan<byte> payload)
    {
        SysResult result = UdpSocket.CreateForPeer(flow.Peer.IsV6, out Fd? socket);
        if (socket is null)
        {
            Sink.OnPeerFailed(this, flow.Peer, "socket", result.Errno);
            PauseUnderPressure(result.Errno);
            return;
        }

        result = UdpSocket.ConnectToPeer(socket, flow);
        string step = "connect";
        if (!result.IsError)
        {
            TakeOutStrays(socket, flow);
            result = Deliver(flow, payload);
            step = "deliver";
        }

        Fd? lent = null;
        if (!result.IsError)
        {
            result = socket.Duplicate(out lent);
            step = "dup";
        }

        if (lent is null)
        {
            socket.Dispose();
            Sink.OnPeerFailed(this, flow.Peer, step, result.Errno);
            return;
        }

        // Peeked before the handler can read, so this is the datagram that it is started for.
        _ = UdpSocket.PeekFirst(socket, out DatagramMark first);
        Connection connection = Sink.OnPeer(this, lent, flow.Peer);
        _byFlow.Add(flow, new PeerSession(Loop, Sink, connection, socket, flow, first));
        _byConnection.Add(connection, _byFlow[flow]);
    }

    /// <summary>Takes out the datagrams that arrived between binding the socket and connecting it.</summary>
    private void TakeOutStrays(Fd socket, UdpFlow flow)
    {
        for (int budget = DrainBudget; budget > 0; budget--)
        {
            SysResult result = UdpSocket.Receive(socket, flow.Local.Port, s_stray, out UdpFlow stray);
            if (result.IsError)
            {
                return;
            }

            _strays.Enqueue((stray with { Local = flow.Local }, s_stray[..result.Value]));
        }
    }

    private SysResult Deliver(UdpFlow flow, ReadOnlySpan<byte> payload) => _replay?.Deliver(flow, payload) ?? SysResult.Error(Errno.EBADF);

    private PeerSession? Forget(Connection connection)
    {
        if (_byConnection.Remove(connection, out PeerSession? session))
        {
            _byFlow.Remove(session.Flow);
        }

        return session;
    }
}
