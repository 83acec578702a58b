using System.Globalization;
using SuperD.Configuration;
using SuperD.Control.Messages;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Loop;
using SuperD.Reloading;
using SuperD.Services;

namespace SuperD.Control;

/// <summary>What the console tells of each service, whether it is served or not. Loop only.</summary>
/// <param name="orphanMeans">How superd finds the processes of a handler, human-readable.</param>
internal sealed class ServiceReports(
    EventLoop loop, ServiceTable services, Places places, Listeners listeners, ServerHealth health, string orphanMeans)
{
    /// <summary>The check of <c>why</c> before all others: whether the client reaches the service.</summary>
    public const string Reach = "state";

    /// <summary>Its detail when nothing is known against it.</summary>
    public const string Open = "open";

    /// <summary>The mode of a service that is not served.</summary>
    private const string Off = "off";

    private const string Ending = "ending";

    /// <summary>Files named at most in the state of superd as a whole.</summary>
    private const int MostFiles = 3;

    private static readonly HistogramState s_noHistogram = new([], [], 0);

    /// <summary>How many services have each state.</summary>
    public IReadOnlyDictionary<string, int> States => services.All.Select(service => WordOf(service, TroublesOf(service)))
        .Concat(services.Unserved.Select(service => service.State))
        .CountBy(word => word)
        .ToDictionary(StringComparer.Ordinal);

    /// <summary>The files with errors, as last read; null if there are none.</summary>
    public FaultsState? Faults
    {
        get
        {
            IReadOnlyList<BrokenFile> broken = services.Refused is { } refused ? refused.Broken : services.Definition.Broken;
            return broken.Count == 0 ? null : new FaultsState(
                [.. broken.Take(MostFiles).Select(file => file.Path)],
                broken.Count,
                services.Refused is { AtMs: var failed } ? loop.NowMs - failed : null,
                broken.FirstOrDefault(file => file.Service is null) is { First: [var first, ..] } ? ReloadReports.StateOf(first) : null);
        }
    }

    /// <summary>One known service in full.</summary>
    public ServiceState Whole(string name) => services.Find(name) is not { } service
        ? Of(services.FindUnserved(name)!, BrokenFile.MostKept) // the caller knows that it is known
        : Of(service, BrokenFile.MostKept) with { LastEnds = [.. (service.Ends?.All ?? []).Select(Of)] };

    /// <summary>A page of all services in the order of their names, each with its first problem.</summary>
    /// <param name="after">The page begins after the service of this name.</param>
    /// <param name="most">The length of the page.</param>
    public IReadOnlyList<ServiceState> Page(string? after, int most)
    {
        IEnumerable<ServiceState> served = services.All
            .SkipWhile(service => string.CompareOrdinal(service.Name, after) <= 0).Take(most).Select(service => Of(service, 1));
        IEnumerable<ServiceState> others = services.Unserved
            .SkipWhile(service => string.CompareOrdinal(service.Name, after) <= 0).Take(most).Select(service => Of(service, 1));
        return [.. served.Concat(others).OrderBy(state => state.Name, StringComparer.Ordinal).Take(most)];
    }

    /// <summary>The known service that was probably meant by a name, or by a port; null if none is near.</summary>
    public string? FindSimilar(string name) =>
        ushort.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && FindAtPort(port) is { } there ? there
        : NearestName.Find(name, services.All.Select(service => service.Name).Concat(services.Unserved.Select(service => service.Name)));

    /// <summary>Whether a client reaches a service that is served: the first line of <c>why</c>.</summary>
    public CheckState ReachOf(Service service, Peer client)
    {
        IReadOnlyList<Trouble> troubles = TroublesOf(service);
        bool isUnbound = listeners.AddressesOf(service).Any() && !listeners.AddressesOf(service).Any(address => address.IsBound);
        return listeners.AreClosed(service) ? new CheckState(Reach, "refuses", "superd is ending", null)
            : isUnbound ? new CheckState(Reach, "refuses", troubles is [var first, ..] ? first.Text : "not bound", null)
            : listeners.WhyUnreachable(service, client) is { } why ? new CheckState(Reach, "refuses", why, null)
            : service.Mode == ServiceMode.Paused
                ? new CheckState(Reach, "waits", $"paused; 'superd resume {service.Name}' ends it", null)
            : listeners.ArePaused(service, PauseReasons.BackOff) ? new CheckState(Reach, "waits", TextOf(troubles), null)
            : troubles is [{ State: Trouble.Failing }, ..] ? new CheckState(Reach, "fails", TextOf(troubles), null)
            : new CheckState(Reach, "passes", troubles is [] ? FailedEnds(service) ?? Open : TextOf(troubles), null);
    }

    /// <summary>That a service's last handlers all failed, and how the last one did; null if one of the last few did not.</summary>
    private static string? FailedEnds(Service service)
    {
        const int Few = 3;
        ConnectionEnd[] failed =
        [
            .. (service.Ends?.All ?? [])
                .TakeWhile(end => end is { Reason: null or EndReasonNames.MemoryName, Status.IsSuccess: false }),
        ];
        if (failed.Length < Few)
        {
            return null;
        }

        ExitStatus last = failed[0].Status!.Value; // those that failed have one
        string how = failed[0].Reason is { } reason ? $"reason={reason}"
            : last.Signal == 0 ? $"exit={last.Code}" : $"signal={Signal.Name(last.Signal)}";
        return $"its last {failed.Length} handlers failed, with {how}{(failed[0].Stderr is { } line ? $": {line}" : "")}";
    }

    /// <summary>As the other, for a service that is not served.</summary>
    public static CheckState ReachOf(UnservedService service)
    {
        string why = service switch
        {
            { Fault: { First: [var first, ..] } } => first.ToString(),
            { State: UnservedService.Disabled } => $"{service.File} has enabled = false",
            _ => $"{service.File} is new, and the last reload has failed; 'superd check' says why",
        };
        return new CheckState(Reach, "refuses", $"{service.State}: {why}", null);
    }

    private static string TextOf(IReadOnlyList<Trouble> troubles) =>
        troubles is [var first, ..] ? $"{first.State}: {first.Text}" : Open;

    private string? FindAtPort(ushort port) => listeners.All
        .FirstOrDefault(listener => listener.Address.Transport != Transport.Unix && PortOf(listener) == port)?.Service.Name;

    private static int PortOf(Listener listener) => listener.IsBound ? listener.BoundTo.EndPoint.Port : listener.Address.EndPoint.Port;

    private IReadOnlyList<Trouble> TroublesOf(Service service) =>
        service.LastFailure is { } failure ? [.. listeners.TroublesOf(service), failure] : listeners.TroublesOf(service);

    private string WordOf(Service service, IReadOnlyList<Trouble> troubles) =>
        listeners.AreClosed(service) ? Ending
        : troubles is [{ State: Trouble.Waiting }, ..] ? Trouble.Waiting
        : service.Mode != ServiceMode.Open ? service.Mode.Name()
        : troubles is [var trouble, ..] ? trouble.State
        : ServiceMode.Open.Name();

    private ServiceState Of(Service service, int mostProblems)
    {
        IReadOnlyList<Trouble> troubles = TroublesOf(service);
        BrokenFile? fault = services.Refused?.Broken.FirstOrDefault(file => file.Service == service.Name);
        IEnumerable<ProblemState> problems = troubles
            .Select(trouble => new ProblemState("error", service.Definition.SourceFile, null, null, null, trouble.Text))
            .Concat(fault?.First.Select(ReloadReports.StateOf) ?? []);
        int count = troubles.Count + (fault?.Errors ?? 0);
        return new ServiceState
        {
            Name = service.Name,
            Description = service.Definition.Description,
            File = service.Definition.SourceFile,
            Mode = service.Mode.Name(),
            State = WordOf(service, troubles),
            NotReady = health.WhyNotReady(service.Name),
            Problems = count == 0 ? null : [.. problems.Take(mostProblems)],
            ProblemCount = count == 0 ? null : count,
            TroubleMs = troubles is [var first, ..] ? loop.NowMs - first.SinceMs : null,
            Outdated = fault is null ? null : true,
            Listeners = [.. listeners.AddressesOf(service).Select(address => new ListenerState(address.Address, address.IsBound))],
            Live = service.LiveHandlers,
            Instances = service.Definition.Instances,
            Queued = service.Definition.IsDatagrams ? null : listeners.CountQueued(service) + places.CountAwaiting(service),
            Reserved = service.Definition.Admission.Reserve?.Slots,
            Held = HeldStates.Of(service.Definition, orphanMeans),
            Accepted = service.Counted.Accepted,
            Refused = service.Counted.Refused,
            RefusedLately = service.Counted.RefusedLately(loop.NowMs),
            FailedLaunches = service.Counted.FailedLaunches,
            Checks = service.Counted.Checks,
            Penalties = service.Counted.Penalties,
            Ended = service.Counted.Ended,
            BytesIn = service.Counted.BytesIn,
            BytesOut = service.Counted.BytesOut,
            Orphans = service.Counted.Orphans,
            LaunchSeconds = Of(service.Counted.Launches),
            DurationSeconds = Of(service.Counted.Durations),
        };
    }

    private static ServiceState Of(UnservedService service, int mostProblems) => new()
    {
        Name = service.Name,
        Description = service.Description,
        File = service.File,
        Mode = Off,
        State = service.State,
        Problems = service.Fault is { } fault ? [.. fault.First.Take(mostProblems).Select(ReloadReports.StateOf)] : null,
        ProblemCount = service.Fault?.Errors,
        Listeners = [],
        Live = 0,
        Accepted = 0,
        Refused = new Dictionary<string, long>(),
        FailedLaunches = new Dictionary<string, long>(),
        Ended = new Dictionary<string, long>(),
        BytesIn = 0,
        BytesOut = 0,
        Orphans = 0,
        LaunchSeconds = s_noHistogram,
        DurationSeconds = s_noHistogram,
    };

    private EndState Of(ConnectionEnd end) => new(
        end.Connection,
        loop.NowMs - end.EndedMs,
        end.Peer.IsKnown ? end.Peer.ToString() : null,
        end.Status is { Signal: 0, Code: var code } ? code : null,
        end.Status is { Signal: not 0 and var signal } ? Signal.Name(signal) : null,
        end.Reason,
        end.DurationMs,
        end.Stderr);

    private static HistogramState Of(Histogram histogram) => new(histogram.Bounds, histogram.Counts.ToArray(), histogram.Sum);
}
