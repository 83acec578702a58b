using System.Net;
using Microsoft.Extensions.Logging;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Conversing;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Relaying;
using SuperD.Services;

namespace SuperD;

/// <summary>
/// What superd writes down about connections: the line and the counters of each that was refused, accepted, or has ended. Loop only.
/// </summary>
/// <param name="refusals">Bounds the lines about refusals.</param>
internal sealed class ConnectionRecords(EventLoop loop, RefusalLog refusals, ILogger log)
{
    /// <summary>The exit statuses of shells and env(1) for a program that they cannot run, or cannot find.</summary>
    private const int NotExecutable = 126, NotFound = 127;

    // ── refused ──

    /// <summary>False when it is one of too many of its kind, which are only counted.</summary>
    public bool Refused(Connection connection, Verdict verdict) => Refused(connection.Service, connection.Id, connection.Peer, verdict);

    /// <inheritdoc cref="Refused(Connection, Verdict)"/>
    public bool Refused(Service service, long connectionId, Peer peer, Verdict verdict) =>
        refusals.Write(service, connectionId, peer, verdict);

    /// <summary>Its proxy sent no header, or a wrong one.</summary>
    public void HeaderFailed(Connection connection, string problem)
    {
        if (refusals.MayHaveLine(connection.Service, Refusal.ProxyHeader, connection.Peer))
        {
            log.ProxyHeaderFailed(connection.Service.Name, connection.Id, connection.Peer, Refusal.ProxyHeader.Name(), problem);
        }
    }

    /// <summary>A health check: it opened the connection and ended it without a byte.</summary>
    public void Checked(Connection connection)
    {
        connection.Service.Counters.Check();
        log.HealthCheck(connection.Service.Name, connection.Id, connection.Peer);
    }

    /// <param name="tried">Which backends were tried, and what each said.</param>
    public void BackendFailed(Connection connection, string tried)
    {
        Fail(connection.Service, $"no backend answered its last client: {tried}");
        if (refusals.MayHaveLine(connection.Service, Refusal.Backend, connection.Peer))
        {
            log.BackendFailed(connection.Service.Name, connection.Id, connection.Peer, Refusal.Backend.Name(), tried);
        }
    }

    /// <summary>Counts a launch that failed; <see cref="LaunchFailed"/> writes the line, when it is known who the client was.</summary>
    public void CountLaunchFailure(Service service, LaunchFailure failure)
    {
        Fail(service, $"its last launch failed at {failure.Step}: {failure.Reason}");
        service.Counters.Refuse(Refusal.Launch.Name(), loop.NowMs);
        service.Counters.FailLaunch(failure.Step);
    }

    /// <param name="peer">The client that is turned away.</param>
    /// <param name="step">The step of the launch that failed.</param>
    public void LaunchFailed(Service service, long connectionId, Peer peer, string step, string reason) =>
        log.LaunchFailed(service.Name, connectionId, peer, Refusal.Launch.Name(), step, reason);

    /// <summary>superd ends: writes the refusals that were only counted so far.</summary>
    public void Flush() => refusals.Flush();

    // ── accepted ──

    /// <summary>A handler executes its program. The launch itself has counted it.</summary>
    public void Launched(Handler handler)
    {
        Connection connection = handler.Connection;
        connection.Service.LastFailure = null;
        string service = connection.Service.Name;
        switch (connection)
        {
            case { Definition.Wait: true, Peer.IsKnown: true }:
                log.StartDatagramWait(service, connection.Id, connection.Listener, connection.Peer, handler.Pid);
                break;
            case { Definition.Wait: true }:
                log.StartWait(service, connection.Id, connection.Listener, handler.Pid);
                break;
            default:
                log.Accept(service, connection.Id, connection.Peer, handler.Pid, connection.Service.Occupancy);
                break;
        }
    }

    /// <summary>A client is connected to its backend.</summary>
    public void Relayed(Connection connection, EndPoint backend)
    {
        connection.Service.LastFailure = null;
        connection.Service.Counters.Accept();
        log.AcceptRelay(connection.Service.Name, connection.Id, connection.Peer, Backend.Name(backend), connection.Service.Occupancy);
    }

    /// <summary>superd serves the connection itself.</summary>
    public void Conversing(Connection connection, Builtin builtin)
    {
        Service service = connection.Service;
        service.Counters.Accept();
        log.AcceptBuiltin(
            service.Name, connection.Id, connection.Peer, builtin.ToString().ToLowerInvariant(), service.Occupancy, LevelOf(connection));
    }

    // ── ended ──

    /// <param name="occupancy">How many places are taken without it.</param>
    public void HandlerEnded(Handler handler, HandlerEnd end, Occupancy occupancy)
    {
        Service service = handler.Service;
        TcpTraffic? traffic = handler.Traffic;
        string? reason = handler.EndReason.Name();
        service.Counters.End(
            reason, TimeSpan.FromMilliseconds(end.DurationMs), traffic?.BytesIn ?? 0, traffic?.BytesOut ?? 0, handler.Orphans);
        Keep(handler.Connection, end.Status, reason, end.DurationMs);
        log.End(
            service.Name,
            handler.Connection.Id,
            handler.Pid,
            new Outcome(end.Status),
            end.DurationMs,
            (long)end.Usage.CpuTime.TotalMilliseconds,
            PeakMemory.Of(end.Usage),
            occupancy,
            new EndDetails(traffic, reason, handler.Orphans, handler.StderrDropped, handler.RefusedForks),
            LevelOf(handler, end.Status));
    }

    /// <summary>A warning for an end that its administrator should see: the handler crashed, or its program was not there to run.</summary>
    /// <remarks>No warning is what superd asked for, and SIGPIPE, which is how a client that has left ends a program.</remarks>
    private static LogLevel LevelOf(Handler handler, ExitStatus status) => (handler.EndReason, status) switch
    {
        (_, { Signal: Signal.SIGPIPE }) => LogLevel.Information,
        (not (EndReason.None or EndReason.Memory), { Signal: 0 or Signal.SIGTERM or Signal.SIGKILL }) => LogLevel.Information,
        (_, { Signal: not 0 } or { Code: NotExecutable or NotFound }) => LogLevel.Warning,
        (_, { Code: 0 }) => LogLevel.Information,
        _ => handler.Definition.LogExit,
    };

    /// <param name="occupancy">How many places are taken without it.</param>
    public void RelayEnded(Connection connection, RelayEnd end, Occupancy occupancy)
    {
        Service service = connection.Service;
        service.Counters.End(end.ReasonName, TimeSpan.FromMilliseconds(end.DurationMs), end.BytesIn, end.BytesOut, orphans: 0);
        Keep(connection, status: null, end.ReasonName, end.DurationMs);
        log.EndRelay(
            service.Name,
            connection.Id,
            end.DurationMs,
            end.BytesIn,
            end.BytesOut,
            occupancy,
            new EndDetails(null, end.ReasonName, Orphans: 0));
    }

    /// <param name="occupancy">How many places are taken without it.</param>
    public void Conversed(Dialogue dialogue, DialogueEnd end, long durationMs, Occupancy occupancy)
    {
        Service service = dialogue.Connection.Service;
        string? reason = end == DialogueEnd.Done ? null : end.Name();
        service.Counters.End(reason, TimeSpan.FromMilliseconds(durationMs), dialogue.BytesIn, dialogue.BytesOut, orphans: 0);
        Keep(dialogue.Connection, status: null, reason, durationMs);
        log.EndBuiltin(
            service.Name,
            dialogue.Connection.Id,
            durationMs,
            dialogue.BytesIn,
            dialogue.BytesOut,
            occupancy,
            new EndDetails(null, reason, Orphans: 0),
            LevelOf(dialogue.Connection));
    }

    /// <summary>Those who watch superd come every few seconds, and nobody wants to read of it.</summary>
    private static LogLevel LevelOf(Connection connection) => connection.Definition.IsReport ? LogLevel.Debug : LogLevel.Information;

    /// <summary>Keeps the end for <c>superd status SERVICE</c>.</summary>
    private void Keep(Connection connection, ExitStatus? status, string? reason, long durationMs) => connection.Service.EndsToWrite.Add(
        new ConnectionEnd(connection.Id, connection.Peer, status, reason, loop.NowMs, durationMs, connection.LastStderr));

    private void Fail(Service service, string text) =>
        service.LastFailure = new Trouble(Trouble.Failing, text, service.LastFailure?.SinceMs ?? loop.NowMs);
}
