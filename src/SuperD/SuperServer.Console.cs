using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;
using SuperD.Conversing;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Reaping;
using SuperD.Relaying;
using SuperD.Services;

namespace SuperD;

/// <summary>The part of the story that the console asks for and steers.</summary>
internal sealed partial class SuperServer : IConsole
{
    private static readonly string s_version = typeof(SuperServer).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    private readonly SortedList<string, Service> _services = new(StringComparer.Ordinal);
    private readonly ControlServer _control;
    private long _startedMs;

    ServerState IConsole.Server => new(
        s_version,
        Environment.ProcessId,
        _definition.SourceFile,
        _shutdown.Phase == ShutdownPhase.None ? "serving" : _shutdown.Phase.ToString().ToLowerInvariant(),
        _loop.NowMs - _startedMs,
        _services.Count,
        _services.Values.Concat(_removed.Values).Sum(service => service.LiveHandlers),
        _definition.MaxHandlers,
        _launcher.Count,
        _headers.Count,
        _latecomers.Count,
        _closes.Count,
        _trees.Means,
        _loop.Turns.Longest is { } turn ? new TurnState(turn.DurationMs, turn.Source) : null);

    bool IConsole.HasService(string name) => _services.ContainsKey(name);

    IReadOnlyList<ServiceState> IConsole.Services(string? name, string? after, int most) =>
        name is not null ? [Describe(_services[name])]
            : [.. _services.Values.SkipWhile(service => string.CompareOrdinal(service.Name, after) <= 0).Take(most).Select(Describe)];

    IReadOnlyList<ConnectionState> IConsole.Connections(ConnectionFilter filter, long after, int most) =>
        [.. Live(filter, after, most).Select(live => live.Describe())];

    IReadOnlyList<long> IConsole.End(ConnectionFilter filter, long after, int most, PeerCredentials by)
    {
        List<LiveConnection> live = Live(filter, after, most);
        live.ForEach(connection => connection.End());
        string which = $"{(filter.Id is { } id ? $"id {id} " : "")}{(filter.Service is { } service ? $"service {service} " : "")}{(filter.From is { } from ? $"from {from}" : "")}";
        _log.EndAsked(live.Count, which.TrimEnd(), by.UserId);
        return [.. live.Select(connection => connection.Id)];
    }

    void IConsole.Steer(string service, ServiceMode mode, PeerCredentials by)
    {
        Service steered = _services[service];
        steered.Mode = mode;
        if (mode == ServiceMode.Paused)
        {
            _listeners.Pause(steered, PauseReasons.Operator);
        }
        else
        {
            _listeners.Resume(steered, PauseReasons.Operator);
        }

        _log.ServiceSteered(service, mode.Name(), steered.Occupancy, by.UserId);
    }

    IReadOnlyList<CheckState> IConsole.Why(string service, InetEndPoint client) => [.. _access.Explain(_services[service], new Peer(client))
        .Select(check => new CheckState(
            check.Check.Name(),
            check.Outcome switch { CheckOutcome.Off => "off", CheckOutcome.Passes => "passes", _ => "refuses" },
            check.Detail,
            check.RetryAfter > TimeSpan.Zero ? (long)Math.Ceiling(check.RetryAfter.TotalMilliseconds) : null))];

    /// <summary>The launches, handlers, relays and dialogues that fit, lowest ids first.</summary>
    private List<LiveConnection> Live(ConnectionFilter filter, long after, int most)
    {
        IEnumerable<LiveConnection> launches = _launcher.Pending.Select(order => new LiveConnection(
            order.Connection, () => Describe(order), () => order.EndReason = EndReason.Operator));
        IEnumerable<LiveConnection> handlers = _reaper.Handlers.Concat(_ender.Leaving).Select(handler => new LiveConnection(
            handler.Connection, () => Describe(handler), () => _ender.End(handler, EndReason.Operator)));
        IEnumerable<LiveConnection> relays = _relays.All.Select(relay => new LiveConnection(
            relay.Connection, () => Describe(relay), () => relay.Stop(RelayEndReason.Operator)));
        IEnumerable<LiveConnection> dialogues = _conversations.Admitted.Select(dialogue => new LiveConnection(
            dialogue.Connection, () => Describe(dialogue), () => dialogue.Finish(DialogueEnd.Operator)));
        return [.. launches.Concat(handlers).Concat(relays).Concat(dialogues)
            .Where(live => live.Id > after && live.Fits(filter))
            .OrderBy(live => live.Id)
            .Take(most)];
    }

    private ServiceState Describe(Service service) => new()
    {
        Name = service.Name,
        Description = service.Definition.Description,
        File = service.Definition.SourceFile,
        Mode = service.Mode.Name(),
        Listeners = [.. _listeners.AddressesOf(service).Select(address => new ListenerState(address.Address, address.IsBound))],
        Live = service.LiveHandlers,
        Instances = service.Definition.Instances,
        Accepted = service.Counted.Accepted,
        Refused = service.Counted.Refused,
        FailedLaunches = service.Counted.FailedLaunches,
        Ended = service.Counted.Ended,
        BytesIn = service.Counted.BytesIn,
        BytesOut = service.Counted.BytesOut,
        Orphans = service.Counted.Orphans,
        LaunchSeconds = Describe(service.Counted.Launches),
        DurationSeconds = Describe(service.Counted.Durations),
    };

    private static HistogramState Describe(Histogram histogram) => new(histogram.Bounds, histogram.Counts.ToArray(), histogram.Sum);

    private ConnectionState Describe(LaunchOrder order) => Describe(order.Connection, "starting", order.SubmittedMs) with
    {
        Pid = order.IsBegun ? order.Pid : null,
    };

    private ConnectionState Describe(Handler handler)
    {
        TcpTraffic? traffic = !handler.KeepsSocket ? _released.TrafficOf(handler)
            : TcpConnection.ReadTraffic(handler.Connection.Socket, out TcpTraffic read).IsError ? null
            : read;
        ProcessUsage? usage = handler.IsReaped ? null : ProcessUsage.Of(handler.Pid);
        string state = handler.IsReaped || handler.IsHeld ? "leaving" : handler.EndReason != EndReason.None ? "ending" : "running";
        return Describe(handler.Connection, state, handler.StartedMs) with
        {
            Pid = handler.Pid,
            IdleMs = (long?)traffic?.IdleFor.TotalMilliseconds,
            BytesIn = traffic?.BytesIn,
            BytesOut = traffic?.BytesOut,
            CpuMs = (long?)usage?.CpuTime.TotalMilliseconds,
            MemKib = usage?.ResidentKiB,
        };
    }

    private ConnectionState Describe(Relay relay) => Describe(relay.Connection, relay.IsConnected ? "relaying" : "connecting", relay.StartedMs) with
    {
        IdleMs = relay.IsConnected ? relay.IdleMs : null,
        BytesIn = relay.BytesIn,
        BytesOut = relay.BytesOut,
    };

    private ConnectionState Describe(Dialogue dialogue) => Describe(dialogue.Connection, "talking", dialogue.StartedMs) with
    {
        BytesIn = dialogue.BytesIn,
        BytesOut = dialogue.BytesOut,
    };

    /// <summary>What is told of every connection, whoever serves it.</summary>
    private ConnectionState Describe(Connection connection, string state, long startedMs) => new()
    {
        Id = connection.Id,
        Service = connection.Service.Name,
        Peer = connection.Peer.IsKnown ? connection.Peer.ToString() : null,
        State = state,
        AgeMs = _loop.NowMs - startedMs,
    };

    private TimeSpan Since(long timestamp) => _loop.Time.GetElapsedTime(timestamp, _loop.Time.GetTimestamp());

    /// <summary>A connection with a handler or the launch of one, with a relay, or one that superd itself talks with.</summary>
    private sealed record LiveConnection(Connection Connection, Func<ConnectionState> Describe, Action End)
    {
        public long Id => Connection.Id;

        public bool Fits(ConnectionFilter filter) =>
            (filter.Id is not { } id || id == Id)
            && (filter.Service is not { } service || service == Connection.Service.Name)
            && (filter.From is not { } from || from.Contains(Connection.Peer.EndPoint));
    }
}
