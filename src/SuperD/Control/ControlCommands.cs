using SuperD.Configuration;
using SuperD.Control.Messages;
using SuperD.Linux;
using SuperD.Logging;
using SuperD.Services;

namespace SuperD.Control;

/// <summary>Answers requests: one case for each command. Loop only.</summary>
internal static class ControlCommands
{
    public const string Status = "status";
    public const string Connections = "connections";
    public const string End = "end";
    public const string Pause = "pause";
    public const string Resume = "resume";
    public const string Drain = "drain";
    public const string Why = "why";
    public const string Tail = "tail";
    public const string Reload = "reload";
    public const string Upgrade = "upgrade";

    /// <summary>The kind of a reply: the reload has failed, and everything is as it was.</summary>
    public const string NotReloaded = "not_reloaded";

    /// <summary>The kind of a reply: the upgrade has failed, and superd stays the version it is.</summary>
    public const string UpgradeFailed = "upgrade_failed";

    /// <summary>Every command.</summary>
    public static readonly string[] Names = [Status, Connections, End, Pause, Resume, Drain, Why, Tail, Reload, Upgrade];

    /// <summary>The longest lame duck on request: a day.</summary>
    public const long LongestLameDuckMs = 86_400_000;

    /// <summary>Services per reply at most: each takes a kilobyte.</summary>
    private const int ServicesPerReply = 100;

    /// <summary>Connections per reply at most: each costs a read of /proc, and the loop serves others between two replies.</summary>
    private const int ConnectionsPerReply = 100;

    /// <param name="by">The user who asks, and is allowed to.</param>
    /// <param name="later">Receives the reply, on the loop, if it is not available at once.</param>
    /// <returns>Null when the reply comes later.</returns>
    public static ControlReply? Answer(ControlRequest request, IConsole console, PeerCredentials by, Action<ControlReply> later)
    {
        bool isOfConnections = request.Command is Connections or End or Tail;
        if (request.Service is { } service && !console.HasService(service) && !(isOfConnections && console.HasRemovedService(service)))
        {
            if (console.FindUnserved(service) is not { } unserved)
            {
                string meant = console.FindSimilar(service) is { } similar ? $" (did you mean '{similar}'?)" : string.Empty;
                return ControlReply.Fail(
                    "unknown_service", $"there is no service {Wording.Quote(service)}{meant}; 'superd status' lists those that run");
            }

            if (request.Command is not (Status or Why))
            {
                return ControlReply.Fail(
                    "unknown_service",
                    $"service {Wording.Quote(service)} is not served: it is {unserved.State}; 'superd status' says more");
            }
        }

        return request.Command switch
        {
            Status => TellStatus(request, console),
            Connections => TellConnections(request, console),
            End => EndConnections(request, console, by),
            Pause => Steer(request, ServiceMode.Paused, console, by),
            Resume => Steer(request, ServiceMode.Open, console, by),
            Drain => Steer(request, ServiceMode.Draining, console, by),
            Why => TellWhy(request, console),
            Tail => BeginTail(request), // the lines follow
            Reload => BeginReload(request, console, by, later),
            Upgrade => BeginUpgrade(console, later),
            null => Bad($"the request names no command; known are {string.Join(", ", Names)}"),
            { } unknown => Bad($"there is no command {Wording.Quote(unknown)}; known are {string.Join(", ", Names)}"),
        };
    }

    private static ControlReply TellStatus(ControlRequest request, IConsole console)
    {
        IReadOnlyList<ServiceState> services = console.Services(request.Service, request.AfterService, ServicesPerReply);
        return new ControlReply
        {
            Server = console.Server,
            Services = services,
            NextService = services.Count == ServicesPerReply ? services[^1].Name : null,
        };
    }

    private static ControlReply TellConnections(ControlRequest request, IConsole console)
    {
        if (!TryReadFilter(request, out ConnectionFilter filter, out ControlReply? problem))
        {
            return problem!; // set on failure
        }

        IReadOnlyList<ConnectionState> connections = console.Connections(filter, request.After ?? 0, ConnectionsPerReply);
        return new ControlReply { Connections = connections, Next = connections.Count == ConnectionsPerReply ? connections[^1].Id : null };
    }

    private static ControlReply EndConnections(ControlRequest request, IConsole console, PeerCredentials by)
    {
        if (!TryReadFilter(request, out ConnectionFilter filter, out ControlReply? problem))
        {
            return problem!; // set on failure
        }

        if (filter == default)
        {
            return Bad("which connections are meant? give id, from or service");
        }

        IReadOnlyList<long> ended = console.End(filter, request.After ?? 0, ConnectionsPerReply, by);
        return ended.Count == 0 && filter.Id is { } id
            ? ControlReply.Fail("unknown_connection", $"there is no live connection {id}; 'superd ps' lists them")
            : new ControlReply { Ended = ended.Count, Next = ended.Count == ConnectionsPerReply ? ended[^1] : null };
    }

    private static ControlReply Steer(ControlRequest request, ServiceMode mode, IConsole console, PeerCredentials by)
    {
        if (request.Service is not { } service)
        {
            return mode == ServiceMode.Paused
                ? Bad($"which service is meant? {request.Command} needs service")
                : SteerAll(request, mode, console, by);
        }

        if (request.ForMs is not null)
        {
            return Bad("for_ms is for all services: a single one is drained at once; leave out service or for_ms");
        }

        console.Steer(service, mode, by);
        return new ControlReply { Services = console.Services(service, null, 1) };
    }

    private static ControlReply SteerAll(ControlRequest request, ServiceMode mode, IConsole console, PeerCredentials by)
    {
        if (mode == ServiceMode.Open)
        {
            return request.ForMs is not null ? Bad("for_ms is for drain") : Then(() => console.ResumeAll(by));
        }

        return request.ForMs is < 0 or > LongestLameDuckMs
            ? Bad($"for_ms must be from 0 to {LongestLameDuckMs}, a day")
            : Then(() => console.DrainAll(request.ForMs is { } time ? TimeSpan.FromMilliseconds(time) : null, by));

        ControlReply Then(Action steer)
        {
            steer();
            return new ControlReply { Server = console.Server };
        }
    }

    private static ControlReply? BeginReload(ControlRequest request, IConsole console, PeerCredentials by, Action<ControlReply> later)
    {
        console.Reload(request.DryRun ?? false, request.Kill ?? false, by, state => later(new ControlReply
        {
            Ok = state.Failure is null,
            Kind = state.Failure is null ? null : NotReloaded,
            Error = state.Failure,
            Reload = state,
        }));
        return null;
    }

    private static ControlReply? BeginUpgrade(IConsole console, Action<ControlReply> later)
    {
        console.Upgrade(later);
        return null;
    }

    private static ControlReply BeginTail(ControlRequest request) =>
        request.Lines is < 0 or > LogHistory.MostLines
            ? Bad($"lines must be from 0 to {LogHistory.MostLines}, which is all that is kept")
            : new ControlReply();

    private static ControlReply TellWhy(ControlRequest request, IConsole console)
    {
        if (request is not { Service: { } service, Address: { } address })
        {
            return Bad("why needs address and service");
        }

        return ClientText.WhatIsWrong(address, out Peer client) is { } wrong ? Bad($"address {Wording.Quote(address)} {wrong}")
            : console.WhatIsWrongWithClient(service, client) is { } misfit ? Bad(misfit)
            : new ControlReply { Checks = console.Why(service, client) };
    }

    private static bool TryReadFilter(ControlRequest request, out ConnectionFilter filter, out ControlReply? problem)
    {
        IpPrefix from = default;
        string? wrong = request.From is { } text ? IpPrefix.WhatIsWrong(text, out from) : null;
        problem = wrong is null ? null : Bad($"from {Wording.Quote(request.From!)} {wrong}"); // only a value that is there can be wrong
        filter = new ConnectionFilter(request.Id, request.Service, request.From is null ? null : from);
        return problem is null;
    }

    private static ControlReply Bad(string error) => ControlReply.Fail("bad_request", error);
}
