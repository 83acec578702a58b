using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>UDP of a builtin: hands on each datagram, to be answered at once. Loop only.</summary>
/// <remarks>Nothing is kept of a datagram or its sender: what cannot be answered now is lost, as any datagram may be.</remarks>
internal sealed class DatagramPort(EventLoop loop, Service service, ListenAddress address, IConnectionSink sink, IDatagramSink datagramSink, ILogger log)
    : Listener(loop, service, address, sink, log)
{
    /// <summary>Datagrams taken per turn, so that no flood starves the other services.</summary>
    private const int ReceiveBudget = 16;

    // One for all: the loop is one thread, and nothing is kept in it between two datagrams.
    private static readonly byte[] s_scratch = new byte[UdpSocket.MaxDatagramBytes];

    private readonly DatagramSocket _datagrams = new();

    /// <summary>These are about places, and an answer takes none.</summary>
    protected override PauseReasons Ignored => PauseReasons.Busy | PauseReasons.Crowded;

    public override ListenerKind Kind => ListenerKind.UdpAnswers;

    /// <summary>Answers the datagram that is being handed on.</summary>
    public void Reply(ReadOnlySpan<byte> answer) => _ = _datagrams.Reply(Socket, answer);

    public override void OnReady(EpollEvents events)
    {
        for (int budget = ReceiveBudget; budget > 0 && !IsPaused; budget--)
        {
            SysResult result = _datagrams.Receive(Socket, s_scratch, out InetEndPoint peer, out bool isForMany);
            if (result.Errno == Errno.EAGAIN)
            {
                return;
            }

            // Any other error is one datagram's, with a bad checksum for instance, and the next one may be good.
            if (!result.IsError)
            {
                datagramSink.OnDatagram(this, peer, isForMany, s_scratch.AsSpan(0, result.Value));
            }
        }
    }

    /// <summary>Only a wait handler that a reload left the socket was ever lent it.</summary>
    public override void TakeBack(Connection connection, TimeSpan ran)
    {
        if (IsBound)
        {
            TakeBack(TimeSpan.Zero);
        }
    }

    public override void TurnAway(Connection? connection, Action<Peer> done)
    {
        if (IsBound)
        {
            TakeBack(TimeSpan.Zero);
        }

        done(connection?.Peer ?? default);
    }

    protected override string? Bind(ServiceDefinition definition, out Fd? socket)
    {
        SysResult result = DatagramSocket.Bind(Address.EndPoint, Address.V6Only, out socket);
        return result.IsError ? Errno.Describe(result.Errno) : null;
    }

    protected override void Convert(Fd socket) => DatagramSocket.MakeAnswering(socket, Address.EndPoint);
}
