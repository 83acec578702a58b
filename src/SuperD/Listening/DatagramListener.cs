using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>
/// UDP with <c>wait</c>: the first datagram starts a handler, which gets the socket itself with that datagram still in it. Loop only.
/// </summary>
/// <remarks>
/// superd reads nothing, so nothing is lost between one handler and the next. But it must not start handlers without end for a datagram
/// that none of them reads. It recognizes such a datagram by its mark: while the same one stays first, the next start is delayed, longer
/// each time, and in the end superd drops that one datagram. The datagrams of other peers behind it stay.
/// </remarks>
internal sealed class DatagramListener(EventLoop loop, Service service, ListenAddress address, IConnectionSink sink, ILogger log)
    : Listener(loop, service, address, sink, log)
{
    /// <summary>How many handlers may end without reading the same datagram: about 1.5 s, with the delays between them.</summary>
    private const int MaxAttempts = 5;

    /// <summary>How many datagrams of refused senders are dropped per turn. The first sender that is admitted gets a handler.</summary>
    private const int RefusalBudget = 32;

    private static readonly TimeSpan s_firstHold = TimeSpan.FromMilliseconds(100);

    /// <summary>The datagram that the last handler was started for.</summary>
    private DatagramMark _first;

    /// <summary>How many handlers have ended without reading it.</summary>
    private int _attempts;

    public override ListenerKind Kind => ListenerKind.UdpWait;

    protected override string Failure => "its handlers end without reading the first datagram";

    public override void OnReady(EpollEvents events)
    {
        for (int budget = RefusalBudget; budget > 0 && !IsPaused; budget--)
        {
            if (Sink.FindShortage(Service) is { } shortage)
            {
                PauseUnderPressure(shortage);
                return;
            }

            if (UdpSocket.PeekFirst(Socket, out DatagramMark first).IsError)
            {
                // None is left, or the kernel has dropped it for a wrong checksum.
                return;
            }

            if (first != _first)
            {
                _first = first;
                _attempts = 0;
            }

            Sink.OnWaiting(this, first.Source);
        }
    }

    public override void TakeBack(Connection connection, TimeSpan ran)
    {
        if (!IsBound)
        {
            return;
        }

        bool isUnread = !UdpSocket.PeekFirst(Socket, out DatagramMark first).IsError && first == _first;
        if (!isUnread)
        {
            Recover();
            TakeBack();
            return;
        }

        _attempts++;
        if (_attempts == MaxAttempts)
        {
            _ = UdpSocket.DropFirst(Socket);
            Log.DatagramDropped(Service.Name, connection.Id, first.Source, first.Length, DropReasons.Unread);
            Dropped++;
            TakeBack();
            return;
        }

        TimeSpan hold = s_firstHold * (1 << (_attempts - 1));
        if (!IsFailing)
        {
            Log.DatagramHeld(Service.Name, (long)hold.TotalMilliseconds, first.Source, MaxAttempts);
        }

        Hold(hold);
        TakeBack();
    }

    public override void TurnAway(Connection? connection, Action<Peer> done)
    {
        if (IsBound)
        {
            _ = UdpSocket.DropFirst(Socket);
            TakeBack();
        }

        done(_first.Source);
    }

    protected override ListenerHandover Complete(ListenerHandover handover, KeptDescriptors kept) =>
        handover with { First = MarkHandover.Of(_first), Attempts = _attempts };

    protected override void Restore(ListenerHandover handed) => (_first, _attempts) = (handed.First?.ToMark() ?? default, handed.Attempts);

    protected override void ForgetFailures()
    {
        base.ForgetFailures();
        _attempts = 0;
    }

    protected override BindProblem? Bind(ServiceDefinition definition, out Fd? socket)
    {
        SysResult result = UdpSocket.Bind(Address.EndPoint, Address.V6Only, perPeer: false, out socket);
        return result.IsError ? BindProblem.Of(result) : null;
    }

    protected override void Convert(Fd socket) => UdpSocket.MakeLendable(socket);
}
