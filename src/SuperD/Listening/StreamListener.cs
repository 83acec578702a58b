using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>Listens for connections: accepts until EAGAIN, a full house or the end of its turn; for a wait service it lends the socket instead. Loop only.</summary>
/// <remarks>
/// Whoever was lent the socket may have kept it, or have left it to others, and each of them can clear O_NONBLOCK at any time, which is the
/// socket's own, and take the client that superd was about to accept: then accept(2) waits for the next one. So from the first lending on
/// superd accepts beside the loop, one connection at a time.
/// </remarks>
internal abstract class StreamListener(EventLoop loop, Service service, ListenAddress address, IConnectionSink sink, ILogger log)
    : Listener(loop, service, address, sink, log)
{
    /// <summary>Connections taken per turn: enough to empty a burst quickly, few enough that no port starves the others.</summary>
    private const int AcceptBudget = 16;

    private long _lastRound;

    /// <summary>Whether others may have the socket.</summary>
    private bool _isShared;

    /// <summary>How long to hold the next wait handler back.</summary>
    private WaitBackOff BackOff => field ??= new WaitBackOff();

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
                _isShared = true;
                Sink.OnWaiting(this, default);
                return;
            }

            if (_isShared)
            {
                AcceptBeside(OnAcceptedBeside);
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
            else if (IsPressure(result.Errno))
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

        if (!WaitBackOff.IsShort(ran))
        {
            TakeBack(waiting: null);
            return;
        }

        // The kernel's list of all connections of the machine may be a long one.
        Pause(PauseReasons.Looking);
        TakeBack(TimeSpan.Zero);
        BesideLoop.Run("read which clients wait", () =>
        {
            HashSet<string> waiting = ReadWaitingClients();
            Loop.Post(() =>
            {
                if (IsBound)
                {
                    TakeBack(waiting);
                    Resume(PauseReasons.Looking);
                }
            });
        });
    }

    /// <remarks>Only wait services turn a client away here, so the socket may be shared.</remarks>
    public override void TurnAway(Connection? connection, Action<Peer> done)
    {
        if (!IsBound)
        {
            done(default);
            return;
        }

        AcceptBeside((accepted, peer) =>
        {
            accepted?.Dispose();
            done(peer);
        });
        TakeBack(TimeSpan.Zero);
    }

    protected override ListenerHandover Complete(ListenerHandover handover, KeptDescriptors kept) =>
        handover with { BackOff = Service.Definition.Wait ? BackOff.HandOver() : null };

    protected override void Restore(ListenerHandover handed)
    {
        if (handed.BackOff is { } backOff)
        {
            _isShared = true;
            BackOff.Inherit(backOff);
        }
    }

    private void TakeBack(HashSet<string>? waiting)
    {
        TimeSpan delay = BackOff.Next(waiting, out bool isFirst);
        if (isFirst)
        {
            Log.WaitBackOff(Service.Name, (long)delay.TotalMilliseconds);
        }

        TakeBack(delay);
    }

    private static bool IsPressure(int errno) => errno is Errno.EMFILE or Errno.ENFILE or Errno.ENOBUFS or Errno.ENOMEM;

    /// <summary>Accepts on a thread of the pool, and nothing else until that has answered.</summary>
    /// <param name="done">Told on the loop; without a connection where there was none.</param>
    private void AcceptBeside(Action<Fd?, Peer> done)
    {
        // A descriptor of its own: superd may close the listener meanwhile.
        SysResult duplicated = Socket.Duplicate(out Fd? socket);
        if (socket is null)
        {
            PauseUnderPressure(duplicated.Errno);
            done(null, default);
            return;
        }

        Pause(PauseReasons.Accepting);
        BesideLoop.Run("accept a client", () =>
        {
            TcpSocket.SetBlocking(socket, false); // holds for all who leave it so
            SysResult result = Accept(socket, out Fd? accepted, out Peer peer);
            socket.Dispose();
            if (accepted is not null)
            {
                StreamSocket.ForgetLinger(accepted); // it has the listener's
            }

            Loop.Post(() =>
            {
                if (IsPressure(result.Errno))
                {
                    PauseUnderPressure(result.Errno);
                }

                Resume(PauseReasons.Accepting);
                done(accepted, peer);
            });
        });
    }

    private void OnAcceptedBeside(Fd? accepted, Peer peer)
    {
        if (accepted is not null && IsBound && !Service.Definition.Wait)
        {
            Sink.OnAccepted(this, accepted, peer);
        }
        else
        {
            accepted?.Dispose(); // a reload has closed the listener meanwhile, or made it a wait service's
        }
    }

    /// <summary>Takes one connection off the backlog: accept4(2), EAGAIN when there is none.</summary>
    /// <remarks>Of a shared socket on another thread than the loop's.</remarks>
    protected abstract SysResult Accept(Fd socket, out Fd? accepted, out Peer peer);

    /// <summary>Who is connected and not accepted by anybody yet: any text that tells one from another. On another thread than the loop's.</summary>
    protected abstract HashSet<string> ReadWaitingClients();
}
