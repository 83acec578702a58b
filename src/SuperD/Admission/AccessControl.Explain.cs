using System.Globalization;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Admission;

/// <summary>The same checks one by one, for <c>superd why</c>.</summary>
internal sealed partial class AccessControl
{
    /// <summary>
    /// Makes every check of a client, in order, and changes nothing: no sensor remembers the client, and no token is taken.
    /// </summary>
    /// <remarks>The first check that refuses is the one that <see cref="Check"/> would report.</remarks>
    public IReadOnlyList<AdmissionCheck> Explain(Service service, Peer peer)
    {
        _loop.AssertOnLoop();
        Gate gate = _gates[service];
        AdmissionDefinition rules = gate.Rules;
        long now = Now;
        List<AdmissionCheck> checks = [];
        if (rules.ProxyIn is not null)
        {
            string who = gate.IsProxy(peer)
                ? "is one of the proxies; the checks below are made of the client it names"
                : "would have to come by a proxy; the checks below are made then";
            string name = peer.Kind == PeerKind.Unix ? gate.NameOfSource(peer) : peer.EndPoint.ToIPAddress().ToString();
            checks.Add(new AdmissionCheck(Refusal.ProxyUntrusted, CheckOutcome.Passes, $"{name} {who}", TimeSpan.Zero));
        }

        checks.Add(rules.Sensor is { } trap
            ? Refuses(Refusal.Trap, $"a sensor; all services refuse its visitors for {Seconds(trap.Time)}", trap.Time)
            : Off(Refusal.Trap));
        AddLists(checks, gate, peer);
        TimeSpan trapped = _sensors.RefusedFor(peer, now);
        checks.Add(trapped > TimeSpan.Zero
            ? Refuses(Refusal.Sensor, $"was at a sensor; refused for {Seconds(trapped)} more", trapped)
            : Passes(Refusal.Sensor, "was at no sensor lately"));
        AddSource(checks, gate, peer, now);
        AddService(checks, service, gate, peer, now);
        return checks;
    }

    private static void AddLists(List<AdmissionCheck> checks, Gate gate, Peer peer)
    {
        (int allowed, int denied) = gate.Matches(peer);
        Refusal refusal = gate.CheckLists(peer);
        string matches = (allowed, denied) == (AddressList.NoMatch, AddressList.NoMatch) && peer.Kind != PeerKind.Unix
            ? "the client is in none of its ranges"
            : $"longest match of no_access {Match(denied)}, of only_from {Match(allowed)}";
        checks.Add(gate.Rules.NoAccess is null ? Off(Refusal.NoAccess) : Decided(Refusal.NoAccess, refusal == Refusal.NoAccess, matches));
        checks.Add(gate.Rules.OnlyFrom is null ? Off(Refusal.OnlyFrom) : Decided(Refusal.OnlyFrom, refusal == Refusal.OnlyFrom, matches));

        string Match(int length) => peer.Kind == PeerKind.Unix ? AddressSet.NameOfMatch(length) : Prefix(length);
    }

    private void AddSource(List<AdmissionCheck> checks, Gate gate, Peer peer, long now)
    {
        AdmissionDefinition rules = gate.Rules;
        SourceKey source = gate.SourceOf(peer);
        string name = gate.NameOfSource(peer);
        TimeSpan penalty = _penalties.RefusedFor(source, now);
        checks.Add(rules.Penalty is null ? Off(Refusal.Penalty)
            : gate.IsExempt(peer) ? Passes(Refusal.Penalty, "exempt")
            : penalty > TimeSpan.Zero ? Refuses(Refusal.Penalty, $"{name} serves {Seconds(penalty)} more", penalty)
            : Passes(Refusal.Penalty, $"{name} serves none"));
        int alive = _handlersOfSource.GetValueOrDefault(source);
        checks.Add(rules.PerSource is { } most
            ? Decided(Refusal.PerSource, alive >= most, $"{name} has {alive} of {most}")
            : Off(Refusal.PerSource));
        TimeSpan wait = rules.PerSourceRate is { } rate ? _buckets[source].Wait(rate, now) : TimeSpan.Zero;
        checks.Add(rules.PerSourceRate is { } written
            ? Waits(Refusal.PerSourceRate, wait, $"{name}, {Text(written)}")
            : Off(Refusal.PerSourceRate));
    }

    private void AddService(List<AdmissionCheck> checks, Service service, Gate gate, Peer peer, long now)
    {
        AdmissionDefinition rules = gate.Rules;
        checks.Add(service.Mode == ServiceMode.Draining
            ? Refuses(Refusal.Drain, $"drained by 'superd drain'; 'superd resume {service.Name}' ends it", TimeSpan.Zero)
            : Off(Refusal.Drain));
        checks.Add(rules.AccessTimes is null
            ? Off(Refusal.AccessTimes)
            : Explain(gate));
        bool queues = service.Definition.Wait || service.Definition.WhenFull == WhenFull.Queue;
        checks.Add(service.Definition.Instances is { } instances
            ? Takes(Refusal.Instances, service.IsFull, $"{service.LiveHandlers} of {instances}", queues)
            : Off(Refusal.Instances));
        checks.Add(rules.Reserve is { } reserve
            ? Decided(
                Refusal.Reserve,
                gate.IsKeptFrom(peer, service),
                $"{service.Occupancy}; the last {reserve.Slots} are kept for {(gate.IsReservedFor(peer) ? "it" : "others")}")
            : Off(Refusal.Reserve));
        checks.Add(rules.Rate is { } rate ? Waits(Refusal.Rate, gate.Bucket.Wait(rate, now), Text(rate)) : Off(Refusal.Rate));
        checks.Add(rules.MaxLoad is { } load
            ? Decided(
                Refusal.MaxLoad,
                _load.Value >= load,
                string.Create(CultureInfo.InvariantCulture, $"{_load.Value:0.00} of {load:0.##}"))
            : Off(Refusal.MaxLoad));
        checks.Add(_places.Most is { } most
            ? Takes(Refusal.MaxHandlers, _places.IsCrowded, $"{_places.Admitted.Count} of {most}", queues)
            : Off(Refusal.MaxHandlers));
    }

    private static AdmissionCheck Explain(Gate gate)
    {
        string detail = gate.ExplainTimes(out TimeSpan closedFor);
        return gate.IsOpen ? Passes(Refusal.AccessTimes, detail) : Refuses(Refusal.AccessTimes, detail, closedFor);
    }

    /// <summary>A check of free places: above the limit a client waits if the service queues, and is refused otherwise.</summary>
    private static AdmissionCheck Takes(Refusal check, bool isFull, string count, bool queues) =>
        !queues ? Decided(check, isFull, count)
        : isFull ? new AdmissionCheck(check, CheckOutcome.Waits, $"{count}; clients wait for a place", TimeSpan.Zero)
        : Passes(check, $"{count}; above it clients wait");

    private static AdmissionCheck Off(Refusal check) => new(check, CheckOutcome.Off, string.Empty, TimeSpan.Zero);

    private static AdmissionCheck Passes(Refusal check, string detail) => new(check, CheckOutcome.Passes, detail, TimeSpan.Zero);

    private static AdmissionCheck Refuses(Refusal check, string detail, TimeSpan retryAfter) =>
        new(check, CheckOutcome.Refuses, detail, retryAfter);

    private static AdmissionCheck Decided(Refusal check, bool isRefused, string detail) =>
        isRefused ? Refuses(check, detail, TimeSpan.Zero) : Passes(check, detail);

    private static AdmissionCheck Waits(Refusal check, TimeSpan wait, string rate) =>
        wait > TimeSpan.Zero
            ? Refuses(check, $"{rate}: the next token comes in {Seconds(wait)}", wait)
            : Passes(check, $"{rate}: has a token");

    private static string Prefix(int length) => length == AddressList.NoMatch ? "none" : $"/{length}";

    private static string Text(Rate rate) =>
        string.Create(CultureInfo.InvariantCulture, $"{rate.Count} per {rate.Per.TotalSeconds:0} s, burst {rate.Burst}");

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
