using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>UDP of a builtin: passes on each datagram, to be answered at once. Loop only.</summary>
/// <remarks>It keeps nothing of a datagram or its sender: an answer that cannot be sent now is lost, as any datagram may be.</remarks>
internal sealed class DatagramPort(
    EventLoop loop, Service service, ListenAddress address, IConnectionSink sink, IDatagramSink datagramSink, ILogger log)
    : Listener(loop, service, address, sink, log, ignored: PauseReasons.Busy | PauseReasons.Crowded) // an answer takes no place
{
    /// <summary>Datagrams received per turn, so that a flood does not starve the other services.</summary>
    private const int ReceiveBudget = 16;

    // Shared by all ports: the loop is one thread, and the buffer holds nothing between two datagrams.
    private static readonly byte[] s_scratch = new byte[UdpSocket.MaxDatagramBytes];

    private readonly DatagramSocket _datagrams = new();

    public override ListenerKind Kind => ListenerKind.UdpAnswers;

    /// <summary>Answers the datagram that is being passed on.</summary>
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

            // Any other error concerns one datagram, such as a bad checksum; the next one may be good.
            if (!result.IsError)
            {
                datagramSink.OnDatagram(this, peer, isForMany, s_scratch.AsSpan(0, result.Value));
            }
        }
    }

    /// <summary>The socket can only be lent to a wait handler that was started before a reload made this a builtin.</summary>
    public override void TakeBack(Connection connection, TimeSpan ran)
    {
        if (IsBound)
        {
            TakeBack();
        }
    }

    public override void TurnAway(Connection? connection, Action<Peer> done)
    {
        if (IsBound)
        {
            TakeBack();
        }

        done(connection?.Peer ?? default);
    }

    protected override BindProblem? Bind(ServiceDefinition definition, out Fd? socket)
    {
        SysResult result = DatagramSocket.Bind(Address.EndPoint, Address.V6Only, out socket);
        return result.IsError ? BindProblem.Of(result) : null;
    }

    protected override void Convert(Fd socket) => DatagramSocket.MakeAnswering(socket, Address.EndPoint);
}
