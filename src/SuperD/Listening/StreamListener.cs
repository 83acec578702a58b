using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>Listens for connections: accepts until EAGAIN, a full house or the end of its turn; for a wait service it lends the socket instead. Loop only.</summary>
internal abstract class StreamListener(EventLoop loop, Service service, ListenAddress address, IConnectionSink sink, ILogger log)
    : Listener(loop, service, address, sink, log)
{
    /// <summary>Connections taken per turn: enough to empty a burst quickly, few enough that no port starves the others.</summary>
    private const int AcceptBudget = 16;

    private long _lastRound;

    /// <summary>How long to hold the next wait handler back.</summary>
    private WaitBackOff BackOff => field ??= new WaitBackOff(ReadWaitingClients);

    public override void OnReady(EpollEvents events)
    {
        // One alone is not followed by the question whether there are others: its handler waits for the loop to go to sleep.
        bool isBurst = Loop.Round == _lastRound + 1;
        _lastRound = Loop.Round;
        for (int budget = isBurst ? AcceptBudget : 1; budget > 0 && !IsPaused; budget--)
        {
            if (Sink.FindShortage(Service) is { } shortage)
            {
                PauseUnderPressure(shortage);
                return;
            }

            if (Service.Definition.Wait)
            {
                Sink.OnWaiting(this, default);
                return;
            }

            SysResult result = Accept(Socket, out Fd? accepted, out Peer peer);
            if (accepted is not null)
            {
                Sink.OnAccepted(this, accepted, peer);
            }
            else if (result.Errno == Errno.EAGAIN)
            {
                return;
            }
            else if (result.Errno is Errno.EMFILE or Errno.ENFILE or Errno.ENOBUFS or Errno.ENOMEM)
            {
                PauseUnderPressure(result.Errno);
            }

            // Anything else is an error of the connection that was to be accepted (ECONNABORTED, and on Linux pending network
            // errors too, see accept(2)): that connection is gone, the next one is not.
        }
    }

    public override void TakeBack(Connection connection, TimeSpan ran)
    {
        if (!IsBound)
        {
            return;
        }

        TimeSpan delay = BackOff.Next(ran, out bool isFirst);
        if (isFirst)
        {
            Log.WaitBackOff(Service.Name, (long)delay.TotalMilliseconds);
        }

        TakeBack(delay);
    }

    public override Peer TurnAway(Connection? connection)
    {
        if (!IsBound)
        {
            return default;
        }

        TakeBack(TimeSpan.Zero);
        _ = Accept(Socket, out Fd? accepted, out Peer peer);
        accepted?.Dispose();
        return peer;
    }

    protected override ListenerHandover Complete(ListenerHandover handover, KeptDescriptors kept) =>
        handover with { BackOff = Service.Definition.Wait ? BackOff.HandOver() : null };

    protected override void Restore(ListenerHandover handed)
    {
        if (handed.BackOff is { } backOff)
        {
            BackOff.TakeOver(backOff);
        }
    }

    /// <summary>Takes one connection off the backlog: accept4(2), EAGAIN when there is none.</summary>
    protected abstract SysResult Accept(Fd socket, out Fd? accepted, out Peer peer);

    /// <summary>Who is connected and not accepted by anybody yet: any text that tells one from another.</summary>
    protected abstract HashSet<string> ReadWaitingClients();
}
