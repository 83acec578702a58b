using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Listening;

/// <summary>
/// Accepts connections until EAGAIN, a pause or the end of its turn; a wait service gets the socket lent instead. Loop only.
/// </summary>
/// <remarks>
/// A handler that was lent the socket may have kept it or left it to others. Each of them can clear O_NONBLOCK, which belongs to the
/// socket, and accept the client that superd was about to accept: accept(2) then blocks until the next one. So once the socket has been
/// lent, superd accepts beside the loop, one connection at a time.
/// </remarks>
internal abstract class StreamListener(EventLoop loop, Service service, ListenAddress address, IConnectionSink sink, ILogger log)
    : Listener(loop, service, address, sink, log)
{
    /// <summary>Connections accepted per turn: enough to empty a burst quickly, few enough that no port starves the others.</summary>
    private const int AcceptBudget = 16;

    private long _lastRound;

    /// <summary>Whether a wait handler has had the socket; it, or a process that it left, may have it still.</summary>
    private bool _isShared;

    private WaitBackOff? _backOff;

    /// <summary>Whether other processes may have the socket.</summary>
    protected virtual bool IsShared => _isShared || Service.Definition.Wait;

    /// <summary>How long to delay the next wait handler.</summary>
    private WaitBackOff BackOff => _backOff ??= new WaitBackOff();

    protected override string Failure => "its handlers end without accepting a client";

    public override void OnReady(EpollEvents events)
    {
        // After a single connection, do not ask for another one: its handler gets the processor when the loop goes to sleep.
        bool isBurst = Loop.Round == _lastRound + 1;
        _lastRound = Loop.Round;
        AcceptUpTo(isBurst ? AcceptBudget : 1);
    }

    public override void AcceptWaiting()
    {
        if (IsBound && !IsShared)
        {
            AcceptUpTo(AcceptBudget);
        }
    }

    private void AcceptUpTo(int most)
    {
        for (int budget = most; budget > 0 && !IsPaused; budget--)
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
                OnNobodyWaiting();
                return;
            }
            else if (IsPressure(result.Errno))
            {
                PauseUnderPressure(result.Errno);
            }

            // Any other error concerns the connection that was to be accepted (ECONNABORTED, and on Linux pending network errors too, see
            // accept(2)): that connection is gone, the next one is not.
        }
    }

    public override void TakeBack(Connection connection, TimeSpan ran)
    {
        if (!IsBound)
        {
            return;
        }

        Pause(PauseReasons.Looking);
        TakeBack();
        Look(queue => Judge(connection, queue));
    }

    /// <remarks>Only wait services turn clients away here, so the socket may be shared.</remarks>
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
        TakeBack();
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

    protected override void ForgetFailures()
    {
        base.ForgetFailures();
        _backOff = null;
    }

    /// <summary>Reads which clients wait; not on the loop, because the kernel's list of the machine's connections may be long.</summary>
    /// <param name="then">Runs on the loop, unless the listener was closed meanwhile.</param>
    private void Look(Action<WaitingQueue?> then)
    {
        Func<WaitingQueue?> read = QueueReader();
        BesideLoop.Run("read which clients wait", () =>
        {
            WaitingQueue? queue = read();
            Loop.Post(() =>
            {
                if (IsBound)
                {
                    then(queue);
                }
            });
        });
    }

    /// <summary>A wait handler has ended: delays the next one, or drops the first client, if handlers accept nobody.</summary>
    private void Judge(Connection connection, WaitingQueue? queue)
    {
        if (!Service.Definition.Wait)
        {
            Resume(PauseReasons.Looking); // a reload has changed that meanwhile
            return;
        }

        bool wasFailing = BackOff.IsFailing;
        TimeSpan delay = BackOff.Next(queue, out bool isClientDropped);
        if (BackOff.IsFailing)
        {
            Hold(delay);
            if (!wasFailing)
            {
                Log.WaitBackOff(Service.Name, (long)delay.TotalMilliseconds, WaitBackOff.MaxAttempts);
            }
        }
        else
        {
            Recover();
        }

        if (isClientDropped)
        {
            Drop(connection);
        }
        else
        {
            Resume(PauseReasons.Looking);
        }
    }

    /// <summary>Drops the client that came first; a handler will be started for the next one, if there is any.</summary>
    private void Drop(Connection connection) => AcceptBeside((accepted, peer) =>
    {
        if (accepted is not null)
        {
            accepted.Dispose();
            Dropped++;
            Log.ClientDropped(Service.Name, connection.Id, peer, DropReasons.Unaccepted, WaitBackOff.MaxAttempts);
        }

        if (IsBound)
        {
            Look(queue =>
            {
                BackOff.Restart(queue);
                Resume(PauseReasons.Looking);
            });
        }
    });

    private static bool IsPressure(int errno) => errno is Errno.EMFILE or Errno.ENFILE or Errno.ENOBUFS or Errno.ENOMEM;

    /// <summary>Accepts one connection beside the loop; the listener pauses meanwhile.</summary>
    /// <param name="done">Receives the connection on the loop; null when there was none.</param>
    private void AcceptBeside(Action<Fd?, Peer> done)
    {
        // The thread needs its own descriptor, because superd may close the listener meanwhile.
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
            TcpSocket.SetBlocking(socket, false); // another process may set it again at any time
            SysResult result = Accept(socket, out Fd? accepted, out Peer peer);
            socket.Dispose();
            if (accepted is not null)
            {
                StreamSocket.ForgetLinger(accepted); // inherited from the listener
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
            accepted?.Dispose(); // a reload has closed the listener meanwhile, or given it to a wait service
        }
    }

    /// <summary>Every client has been accepted.</summary>
    protected virtual void OnNobodyWaiting()
    {
    }

    /// <summary>Accepts one connection: accept4(2), EAGAIN when there is none.</summary>
    /// <remarks>For a shared socket, called beside the loop.</remarks>
    protected abstract SysResult Accept(Fd socket, out Fd? accepted, out Peer peer);

    /// <summary>Prepares, on the loop, to read the clients that are connected and not accepted yet.</summary>
    /// <returns>Reads them, beside the loop; null when they are not known.</returns>
    protected abstract Func<WaitingQueue?> QueueReader();
}
