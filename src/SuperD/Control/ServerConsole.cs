using Microsoft.Extensions.Logging;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Control.Messages;
using SuperD.Ending;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Reloading;
using SuperD.Services;

namespace SuperD.Control;

/// <summary>Answers what the console asks, and does what it orders. Loop only.</summary>
/// <param name="upgrade">Makes superd become its next version. Not the upgrader itself, because that knows the console.</param>
internal sealed class ServerConsole(
    EventLoop loop,
    ServiceTable services,
    Places places,
    Listeners listeners,
    AccessControl access,
    DescriptorRoom room,
    Reloader reloader,
    Rotation rotation,
    Action<Action<ControlReply>> upgrade,
    ServerOverview overview,
    ServiceReports reports,
    ILogger log) : IConsole
{
    public ServerState Server => overview.State;

    public bool HasService(string name) => services.Find(name) is not null;

    public bool HasRemovedService(string name) => services.FindRemoved(name) is { LiveHandlers: > 0 };

    public UnservedService? FindUnserved(string name) => services.FindUnserved(name);

    public IReadOnlyList<ServiceState> Services(string? name, string? after, int most) =>
        name is not null ? [reports.Whole(name)] : reports.Page(after, most);

    public IReadOnlyList<ConnectionState> Connections(ConnectionFilter filter, long after, int most) =>
        [.. Live(filter, after, most).Select(StateOf)];

    public IReadOnlyList<long> End(ConnectionFilter filter, long after, int most, PeerCredentials by)
    {
        List<Connection> live = Live(filter, after, most);
        live.ForEach(connection => connection.Server!.End()); // every live connection has a server
        log.EndAsked(live.Count, filter.ToString(), by.UserId);
        return [.. live.Select(connection => connection.Id)];
    }

    public void Steer(string service, ServiceMode mode, PeerCredentials by)
    {
        Service steered = services[service];
        listeners.Steer(steered, mode);
        log.ServiceSteered(service, mode.Name(), steered.Occupancy, by.UserId);
    }

    public void DrainAll(TimeSpan? lameDuck, PeerCredentials by) => rotation.Leave(lameDuck, by.UserId);

    public void ResumeAll(PeerCredentials by) => rotation.Return(by.UserId);

    public void Reload(bool isDryRun, bool kills, PeerCredentials by, Action<ReloadState> done) =>
        reloader.Order(new ReloadOrder($"uid:{by.UserId}", isDryRun, kills, done));

    public void Upgrade(Action<ControlReply> answer) => upgrade(answer);

    public string? FindSimilar(string name) => reports.FindSimilar(name);

    public string? WhatIsWrongWithClient(string service, Peer client)
    {
        // Behind a proxy clients have addresses, whichever socket the proxy uses; and not every address is in listen.
        if (services.Find(service)?.Definition is not { Listen: [_, ..] addresses, Admission.ProxyIn: null })
        {
            return null;
        }

        bool isUser = client.Kind == PeerKind.Unix;
        return addresses.Any(address => (address.Transport == Transport.Unix) == isUser) ? null
            : isUser
                ? $"service {Wording.Quote(service)} has no Unix-domain socket, and only clients of those have a user; ask for an address"
                : $"service {Wording.Quote(service)} has only Unix-domain sockets, whose clients have a user and no address; "
                    + "ask for uid:USER or gid:GROUP";
    }

    public IReadOnlyList<CheckState> Why(string name, Peer client)
    {
        if (services.Find(name) is not { } service)
        {
            return [ServiceReports.ReachOf(services.FindUnserved(name)!)]; // the caller knows that it is known
        }

        if (service is { Definition.Wait: true, IsFull: true })
        {
            string unaccepted = listeners.HasUnaccepted(service) ? "; a client waits that it has not accepted" : "";
            return
            [
                new CheckState(
                    ServiceReports.Reach, "passes", "its program runs, and accepts by itself without further checks" + unaccepted, null),
            ];
        }

        return
        [
            reports.ReachOf(service, client),
            .. access.Explain(service, client).Select(check => new CheckState(
                check.Check.Name(),
                check.Outcome.ToString().ToLowerInvariant(),
                check.Detail,
                check.RetryAfter > TimeSpan.Zero ? (long)Math.Ceiling(check.RetryAfter.TotalMilliseconds) : null)),

            // The conductor's own check: a client above this share is not refused, it waits in the kernel's queue.
            room.FindShortage(service) is { } shortage
                ? new CheckState(Refusal.Descriptors.Name(), "waits", shortage, null)
                : new CheckState(Refusal.Descriptors.Name(), "passes", $"{room.OccupancyOf(service)}; above it clients wait", null),
            .. MatchFor(service, client),
        ];
    }

    /// <summary>No check, but what a client is served by: the rule of match; nothing without one.</summary>
    private IEnumerable<CheckState> MatchFor(Service service, Peer peer)
    {
        ServiceDefinition own = service.Definition;
        if (own.Variants.Length == 0)
        {
            yield break;
        }

        int rule = access.RuleOf(service, peer);
        int count = own.Variants.Length;
        string detail = rule == FirstMatch.None ? $"none of its {Wording.Count(count, "rule")}"
            : own.Variants[rule] is { } variant ? $"rule {rule + 1} of {count}: {Difference(own, variant)}"
            : $"rule {rule + 1} of {count}, which changes nothing";
        yield return new CheckState("match", "passes", detail, null);
    }

    private static string Difference(ServiceDefinition own, ServiceDefinition variant)
    {
        IEnumerable<string> words = variant.Process.Environment.Except(own.Process.Environment)
            .Select(variable => $"{variable.Name}={Wording.Quote(variable.Value)}");
        bool isOtherProgram = variant.Executable != own.Executable || variant.Arguments != own.Arguments;
        return string.Join(' ', isOtherProgram ? [.. words, variant.Executable, .. variant.Arguments] : words);
    }

    /// <summary>The connections being served that fit, lowest ids first. A filter by id is a look-up.</summary>
    private List<Connection> Live(ConnectionFilter filter, long after, int most)
    {
        IEnumerable<Connection> candidates = filter.Id is not { } id ? places.Admitted : places.Find(id) is { } named ? [named] : [];
        return [.. candidates
            .Where(connection => connection.Id > after && connection.Server is not null && filter.Fits(connection))
            .OrderBy(connection => connection.Id)
            .Take(most)];
    }

    private ConnectionState StateOf(Connection connection)
    {
        ServingState state = connection.Server!.State; // every live connection has a server
        return new ConnectionState
        {
            Id = connection.Id,
            Service = connection.Service.Name,
            Peer = connection.Peer.IsKnown ? connection.Peer.ToString() : null,
            State = state.Word,
            AgeMs = loop.NowMs - state.StartedMs,
            Pid = state.Pid,
            UserId = connection.DynamicUser,
            IdleMs = state.IdleMs,
            BytesIn = state.BytesIn,
            BytesOut = state.BytesOut,
            CpuMs = (long?)state.Usage?.CpuTime.TotalMilliseconds,
            MemKib = state.Usage?.ResidentKiB,
            GroupMemKib = state.GroupMemory / 1024,
        };
    }
}
