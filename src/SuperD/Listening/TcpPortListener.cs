using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>A TCP port at an address. Loop only.</summary>
internal sealed class TcpPortListener(EventLoop loop, Service service, ListenAddress address, IConnectionSink sink, ILogger log)
    : StreamListener(loop, service, address, sink, log)
{
    public override ListenerKind Kind => ListenerKind.Tcp;

    /// <summary>The socket that the service manager has bound and passed; null when superd has bound it.</summary>
    public PassedSocket? Passed { get; private set; }

    /// <summary>Accepts at a passed socket, instead of binding one.</summary>
    /// <param name="handed">Its state in superd's last version; null when there was none.</param>
    public void Adopt(PassedSocket passed, ListenerHandover? handed)
    {
        Loop.AssertOnLoop();
        Fd socket = passed.Take();
        Passed = passed;
        if (handed is not null)
        {
            Inherit(handed, socket);
            return;
        }

        Log.Adopt(Service.Name, passed.EndPoint, passed.Number, passed.Name);
        TcpSocket.Adopt(socket, OptionsOf(Service.Definition));
        Begin(socket);
    }

    /// <summary>
    /// Accepts at a socket that a superd which was killed had bound to this address; those who came meanwhile wait in it.
    /// </summary>
    public void Recover(Fd socket)
    {
        Loop.AssertOnLoop();
        TcpSocket.Adopt(socket, OptionsOf(Service.Definition));
        if (TcpSocket.ListenAgain(socket, Service.Definition.Backlog).IsError)
        {
            socket.Dispose();
            _ = Open();
            return;
        }

        Begin(socket);
    }

    /// <summary>The socket, for somebody who keeps it in case that superd is killed; null while nobody may.</summary>
    /// <remarks>Who has it beside superd might go on to accept.</remarks>
    public Fd? Keepable => IsBound && !IsShared ? Socket : null;

    /// <remarks>Whoever keeps the socket must not make clients wait in it.</remarks>
    public override void Close()
    {
        if (Keepable is { } socket)
        {
            TcpSocket.StopListening(socket);
        }

        base.Close();
    }

    protected override bool IsShared => base.IsShared || Passed is not null;

    private bool HasStopped => IsPausedFor(PauseReasons.Drained);

    /// <remarks>
    /// When the kernel refuses a connection, a balancer tries another machine; a client that was accepted and then refused is lost. The
    /// socket stays bound, so that no other program takes the port. A socket that other processes may have keeps listening for them.
    /// </remarks>
    public override void FollowMode()
    {
        Loop.AssertOnLoop();
        bool isDrained = Service.Mode == ServiceMode.Draining;
        if (!IsBound || isDrained == HasStopped)
        {
            return;
        }

        if (!isDrained)
        {
            ListenAgain();
        }
        else
        {
            AcceptWaiting(); // they are refused; stops with the last of them
        }
    }

    protected override void OnNobodyWaiting()
    {
        if (Service.Mode == ServiceMode.Draining && !IsShared)
        {
            Pause(PauseReasons.Drained);
            TcpSocket.StopListening(Socket);
        }
    }

    private void ListenAgain()
    {
        SysResult result = TcpSocket.ListenAgain(Socket, Service.Definition.Backlog);
        Resume(PauseReasons.Drained);
        if (result.IsError)
        {
            Reopen();
        }
    }

    protected override ListenerHandover Complete(ListenerHandover handover, KeptDescriptors kept)
    {
        if (Passed is not null)
        {
            kept.KeepPassed(Socket);
        }

        return base.Complete(handover, kept) with { IsPassed = Passed is not null, HasStopped = HasStopped };
    }

    protected override void Restore(ListenerHandover handed)
    {
        base.Restore(handed);
        if (handed.HasStopped)
        {
            Pause(PauseReasons.Drained);
            Loop.Post(FollowMode); // the present configuration may have another service there
        }

        if (!handed.IsLent)
        {
            // The present configuration may have other options, and the last version those of a reload that it held back.
            TcpSocket.SetBlocking(Socket, false);
            TcpSocket.Retune(Socket, OptionsOf(Service.Definition), keepsQueue: Passed is not null || HasStopped);
        }
    }

    protected override BindProblem? Bind(ServiceDefinition definition, out Fd? socket)
    {
        SysResult result = TcpSocket.Listen(Address.EndPoint, OptionsOf(definition), out socket);
        return result.IsError ? BindProblem.Of(result) : null;
    }

    protected override void Retune(Fd socket, ServiceDefinition before, ServiceDefinition now)
    {
        if (OptionsOf(before) != OptionsOf(now))
        {
            TcpSocket.Retune(socket, OptionsOf(now), keepsQueue: Passed is not null || HasStopped);
        }
    }

    public override int Queued => IsBound ? TcpConnection.CountQueued(Socket) : 0;

    protected override SysResult Accept(Fd socket, out Fd? accepted, out Peer peer)
    {
        SysResult result = TcpSocket.Accept(socket, out InetEndPoint endPoint);
        accepted = result.IsError ? null : new Fd(result.Value);
        peer = endPoint;
        if (accepted is not null && Passed is { IsDualStack: true } && !endPoint.IsV6)
        {
            // An IPv4 client gets an IPv4 socket, whatever the listener is.
            TcpSocket.TurnIntoIPv4(accepted);
        }

        return result;
    }

    protected override Func<WaitingQueue?> QueueReader()
    {
        int count = TcpConnection.CountQueued(Socket);
        InetEndPoint local = BoundTo.EndPoint;
        return () => WaitingClients.AtPort(local) is { } clients ? new WaitingQueue(clients, count) : null;
    }

    private TcpListenOptions OptionsOf(ServiceDefinition definition) =>
        new(definition.Backlog, Address.V6Only, definition.NoDelay, definition.KeepAlive) { UserTimeoutMs = definition.UserTimeoutMs };
}
