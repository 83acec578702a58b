using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>A TCP port at an address. Loop only.</summary>
internal sealed class TcpPortListener(EventLoop loop, Service service, ListenAddress address, IConnectionSink sink, ILogger log)
    : StreamListener(loop, service, address, sink, log)
{
    public override ListenerKind Kind => ListenerKind.Tcp;

    protected override string? Bind(ServiceDefinition definition, out Fd? socket)
    {
        SysResult result = TcpSocket.Listen(Address.EndPoint, OptionsOf(definition), out socket);
        return result.IsError ? Errno.Describe(result.Errno) : null;
    }

    protected override void Retune(Fd socket, ServiceDefinition before, ServiceDefinition now)
    {
        if (OptionsOf(before) != OptionsOf(now))
        {
            TcpSocket.Retune(socket, OptionsOf(now));
        }
    }

    protected override SysResult Accept(Fd socket, out Fd? accepted, out Peer peer)
    {
        SysResult result = TcpSocket.Accept(socket, out InetEndPoint endPoint);
        accepted = result.IsError ? null : new Fd(result.Value);
        peer = endPoint;
        return result;
    }

    protected override HashSet<string> ReadWaitingClients() => WaitingClients.AtPort(BoundTo.EndPoint);

    private TcpListenOptions OptionsOf(ServiceDefinition definition) => new(definition.Backlog, Address.V6Only, definition.NoDelay, definition.KeepAlive);
}
