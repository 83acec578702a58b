using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Services;

namespace SuperD;

/// <summary>The part of the story in which a handler begins, or fails to.</summary>
internal sealed partial class SuperServer
{
    private void Launch(Connection connection)
    {
        connection.Service.LaunchesUnderWay++;
        _trees.Enter(connection);
        _launcher.Submit(connection, _planner.PlanFor(connection), connection.Definition.Process.Stderr == StderrTarget.Log);
    }

    /// <summary>The handler executes its program, and may have ended by now; or the launch has failed.</summary>
    private void OnLaunchSettled(LaunchOrder order)
    {
        Connection connection = order.Connection;
        connection.Service.LaunchesUnderWay--;
        if (order.Failure is { } failure)
        {
            _trees.Leave(connection);
            OnLaunchFailed(connection, failure);
        }
        else
        {
            OnLaunched(order, connection);
        }

        _shutdown.CheckDone();
    }

    private void OnLaunched(LaunchOrder order, Connection connection)
    {
        Service service = connection.Service;
        var handler = new Handler(connection, order.Pid, order.Pidfd!, order.SubmittedMs); // no error: it is there
        _shared.Add(handler, connection.Socket, order.StderrPipe);
        _trees.OnLaunched(handler);
        if (order.HasEnded)
        {
            OnEnding(handler);
        }

        if (!handler.KeepsSocket)
        {
            ReleaseSocket(handler);
        }

        if (connection.Definition.Wait && connection.Peer.IsKnown)
        {
            _log.StartDatagramWait(service.Name, connection.Id, connection.Listener, connection.Peer, handler.Pid);
        }
        else if (connection.Definition.Wait)
        {
            _log.StartWait(service.Name, connection.Id, connection.Listener, handler.Pid);
        }
        else
        {
            _log.Accept(service.Name, connection.Id, connection.Peer, handler.Pid, service.Occupancy);
        }

        service.Counters.Launch(_loop.Time.GetElapsedTime(connection.AcceptedAt, order.ExecutedAt));
        _reaper.Add(handler, order.PidfdWatch, order.StderrPipe);
        _shutdown.OnLaunched(handler);
        if (order.HasEnded)
        {
            _ = _reaper.TryReap(handler.Pid);
        }

        if (!handler.IsReaped)
        {
            _young.Add(handler);
            if (order.EndReason != EndReason.None)
            {
                _ender.End(handler, order.EndReason);
            }
        }
    }

    /// <summary>Whether a child is one superd launches, and no handler yet; or one that is asked whether it can take over.</summary>
    private bool IsLaunched(int pid) => _launcher.IsUnderWay(pid) || _next is not null;

    private void OnGrown(Handler handler)
    {
        if (!handler.IsReaped)
        {
            _trees.OnGrown(handler);
            _watch.Add(handler);
            _reaper.WatchStderr(handler);
        }
    }

    private void OnLaunchFailed(Connection connection, LaunchFailure failure)
    {
        Service service = connection.Service;
        Release(connection);
        if (_lent.Remove(connection, out Listener? listener))
        {
            // The client that woke the service waits for nobody: it is turned away, like any other.
            connection.Socket.Dispose();
            listener.TurnAway(connection, Record);
        }
        else
        {
            _conversations.TurnAway(connection, Refusal.Launch.Name(), TimeSpan.Zero, isGreeted: true);
            Record(connection.Peer);
        }

        ResumeService(service);
        service.Counters.Refuse(Refusal.Launch.Name());
        service.Counters.FailLaunch(failure.Step);

        void Record(Peer peer) => _log.LaunchFailed(service.Name, connection.Id, peer, Refusal.Launch.Name(), failure.Step, failure.Reason);
    }

    /// <summary>Closes superd's own descriptor of a handler's socket, which is the handler's matter from here on.</summary>
    private void ReleaseSocket(Handler handler)
    {
        Fd socket = handler.Connection.Socket;
        if (handler.Definition is { Wait: false, IsDatagrams: false })
        {
            if (!handler.IsKnownGone)
            {
                _released.Add(handler);
            }
            else if (!TcpConnection.ReadTraffic(socket, out TcpTraffic traffic).IsError)
            {
                handler.Traffic = traffic;
            }
        }

        StreamSocket.Close(socket);
        _shared.Set(handler.SharedNumbers.Socket, null); // the number is free
    }
}
