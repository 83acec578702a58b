using SuperD.Admission;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Services;

namespace SuperD;

/// <summary>The part of the story about wait services, whose handlers get the listening socket itself.</summary>
internal sealed partial class SuperServer
{
    private readonly Dictionary<Connection, Listener> _waitRuns = [];

    /// <summary>A wait service: the handler gets the listening socket, and superd keeps away from it until the handler ends.</summary>
    public void OnWaiting(Listener listener)
    {
        Verdict verdict = _access.Check(listener.Service, default);
        if (verdict.IsRefused)
        {
            // Left in the backlog, the client would wake us for ever.
            if (listener.TryAccept(out InetEndPoint peer) is { } refused)
            {
                refused.Dispose();
                _refusals.Write(listener.Service, ++_lastConnectionId, peer, verdict);
            }

            return;
        }

        SysResult result = listener.TryLend(out Fd? socket);
        if (socket is null)
        {
            listener.PauseUnderPressure(result.Errno);
            return;
        }

        var connection = new Connection(++_lastConnectionId, listener.Service, socket, default, listener.BoundTo);
        _waitRuns.Add(connection, listener);
        Enter(connection);
        Serve(connection);
    }

    private void ResumeAfter(Connection connection, TimeSpan ran)
    {
        Service service = connection.Service;
        if (!_waitRuns.Remove(connection, out Listener? listener))
        {
            ResumeService(service);
            return;
        }

        TimeSpan delay = listener.WaitBackOff.Next(ran, out bool isFirst);
        if (isFirst)
        {
            _log.WaitBackOff(service.Name, (long)delay.TotalMilliseconds);
        }

        if (delay > TimeSpan.Zero)
        {
            listener.PauseFor(delay, PauseReasons.BackOff);
        }

        listener.TakeBack();
    }
}
