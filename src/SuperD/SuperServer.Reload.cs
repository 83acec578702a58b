using System.Diagnostics;
using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Reaping;
using SuperD.Reloading;
using SuperD.Services;

namespace SuperD;

/// <summary>The part of the story in which the configuration changes while superd serves: all of it, or nothing.</summary>
/// <remarks>
/// 1. A thread of the pool reads and compares; the loop serves on. 2. On the loop, every new address is bound. Up to here nothing has
/// changed, and any error ends it. 3. The differences are put into force, in one go, between two events of the loop; unchanged
/// services are not touched. What was admitted goes on as it began (<see cref="Connection.Definition"/>): handlers, relays, dialogues,
/// peers of datagrams, runs of wait services. What is still to be admitted, because its proxy or a free place is waited for, goes by
/// the new rules; where its service was removed, it is refused.
/// </remarks>
internal sealed partial class SuperServer
{
    private const string HangUp = "SIGHUP";

    private readonly Queue<ReloadOrder> _reloads = new();

    /// <summary>Services that a reload has removed and whose last connections go on; one that comes back goes on counting them.</summary>
    private readonly Dictionary<string, Service> _removed = new(StringComparer.Ordinal);

    private bool _isReloading;

    bool IConsole.HasRemovedService(string name) => _removed.ContainsKey(name);

    void IConsole.Reload(bool isTrial, bool kills, PeerCredentials by, Action<ReloadState> done) =>
        Order(new ReloadOrder($"uid:{by.UserId}", isTrial, kills, done));

    /// <summary>SIGHUP. One that waits its turn reads whatever a further one would.</summary>
    private void OnHangUp()
    {
        if (!_reloads.Any(order => order.By == HangUp))
        {
            Order(new ReloadOrder(HangUp, IsTrial: false, Kills: false, Done: null));
        }
    }

    private void Order(ReloadOrder order)
    {
        _reloads.Enqueue(order);
        BeginNextReload();
    }

    /// <summary>THE BEGINNING of a reload, when the one before has ended. None begins while superd becomes its next version: that reads everything anew.</summary>
    private void BeginNextReload()
    {
        if (_isReloading || _next is not null || !_reloads.TryDequeue(out ReloadOrder? order))
        {
            return;
        }

        _isReloading = true;
        _log.ReloadBegins(_definition.SourceFile, order.By);
        if (!order.IsTrial)
        {
            _manager.Reloading();
        }

        ServerDefinition running = _definition;
        BesideLoop.Run("read the configuration", () =>
        {
            ReloadReading reading = ReloadReading.Take(running, _inherited);
            _loop.Post(() => EndReload(order, reading));
        });
    }

    /// <summary>THE END of a reload, however it goes.</summary>
    private void EndReload(ReloadOrder order, ReloadReading reading)
    {
        ReloadState state = _shutdown.Phase != ShutdownPhase.None ? TooLate(order)
            : reading.Plan is { } plan ? TryApply(order, plan, reading)
            : NotApplied(order, [.. reading.Load.Diagnostics]);
        if (!order.IsTrial)
        {
            TellManagerReady();
        }

        _isReloading = false;
        order.Done?.Invoke(state);
        BeginNextReload();
    }

    private ReloadState TryApply(ReloadOrder order, ReloadPlan plan, ReloadReading reading)
    {
        long start = Stopwatch.GetTimestamp();
        Service[] added = [.. plan.Added.Select(definition => _removed.GetValueOrDefault(definition.Name) ?? new Service(definition))];
        Service[] changed = [.. plan.Changed.Select(definition => _services[definition.Name])];
        Service[] removed = [.. plan.Removed.Select(definition => _services[definition.Name])];
        ReloadState state = Describe(order, plan, reading.Load, removed);
        ListenerChanges listeners = _listeners.Prepare([.. added.Zip(plan.Added), .. changed.Zip(plan.Changed)], removed, order.IsTrial);
        if (listeners.Problems.Count > 0)
        {
            return NotApplied(order, [.. reading.Load.Diagnostics, .. listeners.Problems.Select(problem => Describe(problem, reading.Load))]);
        }

        if (order.IsTrial)
        {
            return state;
        }

        foreach (Diagnostic warning in reading.Load.Diagnostics)
        {
            _log.ConfigurationProblem(LogLevel.Warning, warning.ToString());
        }

        Listen(listeners);
        RenewServer(plan);
        Array.ForEach(removed, service => Remove(service, order.Kills));
        foreach ((Service service, ServiceDefinition definition) in changed.Zip(plan.Changed))
        {
            Change(service, definition);
        }

        foreach ((Service service, ServiceDefinition definition) in added.Zip(plan.Added))
        {
            Add(service, definition);
            _log.ServiceAdded(service.Name, definition.SourceFile);
        }

        _access.KeepFiles(plan.AddressFiles);
        _conversations.KeepTexts(plan.Banners);
        _refusals.ForgetRemoved();
        _log.Reload(
            added.Length, changed.Length, removed.Length, plan.Kept, (long)reading.Took.TotalMilliseconds, (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds, order.By);
        return state with { Applied = true };
    }

    private void Listen(ListenerChanges changes)
    {
        int before = _listeners.Count;
        _isReady = false; // not news each time: the line of the reload is
        _listeners.Commit(changes);
        _isReady = true;
        _descriptorsAtStart = (ulong)((long)_descriptorsAtStart + _listeners.Count - before);
        foreach ((Listener old, Listener now) in changes.Successions)
        {
            foreach (Connection connection in _lent.Where(lent => lent.Value == old && now.IsLent).Select(lent => lent.Key).ToArray())
            {
                _lent[connection] = now;
            }
        }
    }

    /// <summary>What superd.toml itself has for a running superd.</summary>
    private void RenewServer(ReloadPlan plan)
    {
        _definition = plan.Server;
        _level?.Set(plan.Server.LogLevel);
        _shutdown.Grace = plan.Server.ShutdownGrace;
        _control.Renew(plan.Server.Control);
        _access.MaxHandlers = plan.Server.MaxHandlers;
        TrustOwners(plan.Server);
        HoldOrResumeQueues();
        foreach (string key in plan.KeysForRestart)
        {
            _log.KeyNeedsRestart(key);
        }
    }

    /// <summary>Whose files are believed when they are read again while superd runs.</summary>
    private void TrustOwners(ServerDefinition server)
    {
        _access.TrustedOwners = server.TrustedOwners;
        _conversations.TrustedOwners = server.TrustedOwners;
    }

    /// <summary>A service is there, at the start or by a reload; its listeners are the caller's matter.</summary>
    private void Add(Service service, ServiceDefinition definition)
    {
        if (_removed.Remove(service.Name))
        {
            service.Redefine(definition);
        }

        service.Mode = ServiceMode.Open;
        _access.Add(service);
        _services.Add(service.Name, service);
        SetQueueing(service);
    }

    private void Change(Service service, ServiceDefinition definition)
    {
        service.Redefine(definition);
        _access.Renew(service);
        SetQueueing(service);
        ResumeService(service); // there may be more instances than before
        _log.ServiceChanged(service.Name, definition.SourceFile, service.Occupancy);
    }

    /// <summary>The service is gone for all who come from now on; its live connections go on to their end.</summary>
    private void Remove(Service service, bool kills)
    {
        service.Mode = ServiceMode.Removed;
        _services.Remove(service.Name);
        _queueing.Remove(service);
        _access.Remove(service);
        if (service.LiveHandlers > 0)
        {
            _removed.Add(service.Name, service);
        }

        while (_latecomers.TryTake(service, out Connection? connection))
        {
            Admit(connection);
        }

        _log.ServiceRemoved(service.Name, service.Definition.SourceFile, service.Occupancy);
        if (kills)
        {
            Live(new ConnectionFilter(null, service.Name, null), after: 0, int.MaxValue).ForEach(connection => connection.End());
        }
    }

    /// <summary>Whether the service's clients wait while it is full or superd is crowded, and whether they do now.</summary>
    private void SetQueueing(Service service)
    {
        bool queues = service.Definition.Wait || service.Definition.WhenFull == WhenFull.Queue;
        _ = queues ? _queueing.Add(service) : _queueing.Remove(service);

        _listeners.SetPauses(
            service,
            (queues && service.IsFull ? PauseReasons.Busy : PauseReasons.None)
            | (queues && _isCrowded ? PauseReasons.Crowded : PauseReasons.None)
            | (service.Mode == ServiceMode.Paused ? PauseReasons.Operator : PauseReasons.None));
    }

    private ReloadState TooLate(ReloadOrder order)
    {
        const string reason = "superd is ending";
        _log.ReloadFailed(0, order.By, reason);
        return new ReloadState { Applied = false, DryRun = order.IsTrial, Failure = $"not reloaded: {reason}" };
    }

    private ReloadState NotApplied(ReloadOrder order, Diagnostic[] problems)
    {
        int errors = problems.Where(problem => problem.Severity == Severity.Error).Sum(problem => problem.Number);
        string reason = $"{Wording.Count(errors, "error")} in the configuration {_definition.SourceFile}";
        if (!order.IsTrial)
        {
            foreach (Diagnostic problem in problems)
            {
                _log.ConfigurationProblem(problem.Severity == Severity.Error ? LogLevel.Error : LogLevel.Warning, problem.ToString());
            }

            _log.ReloadFailed(errors, order.By, reason);
        }

        return new ReloadState
        {
            Applied = false,
            DryRun = order.IsTrial,
            Failure = $"not reloaded: {reason}; everything is as it was",
            Errors = errors,
            Warnings = problems.Sum(problem => problem.Number) - errors,
            Problems = Listed(problems.OrderBy(problem => problem.Severity == Severity.Warning)),
        };
    }

    private static ReloadState Describe(ReloadOrder order, ReloadPlan plan, LoadResult load, Service[] removed) => new()
    {
        Applied = false,
        DryRun = order.IsTrial,
        Added = plan.Added.Length,
        Changed = plan.Changed.Length,
        Removed = plan.Removed.Length,
        Kept = plan.Kept,
        AddedServices = [.. plan.Added.Take(ReloadState.MostListed).Select(service => service.Name)],
        ChangedServices = [.. plan.Changed.Take(ReloadState.MostListed).Select(service => service.Name)],
        RemovedServices = [.. removed.Take(ReloadState.MostListed).Select(service => new RemovedServiceState(service.Name, service.LiveHandlers))],
        NeedsRestart = [.. plan.KeysForRestart],
        Warnings = load.Count(Severity.Warning),
        Problems = Listed(load.Diagnostics),
    };

    /// <summary>The first of them, each with its place: whoever reads it knows how many there are from the numbers.</summary>
    private static ProblemState[] Listed(IEnumerable<Diagnostic> problems) =>
        [.. problems.Where(problem => problem.Number == 1).Take(ReloadState.MostListed).Select(Describe)];

    private static ProblemState Describe(Diagnostic problem)
    {
        SourceSpan? span = problem.Span == SourceSpan.WholeFile ? null : problem.Span;
        return new ProblemState(problem.Severity == Severity.Error ? "error" : "warning", problem.File, span?.Line, span?.Column, span?.Length, problem.Message);
    }

    /// <summary>An address that cannot be had is an error at the place that asks for it.</summary>
    private static Diagnostic Describe(ListenProblem problem, LoadResult load)
    {
        ServiceDefinition service = problem.Definition;
        Place? place = load.ListenPlaces.TryGetValue(service.Name, out var written)
            ? written.FirstOrDefault(address => address.Value.IsSameSocket(problem.Address))?.Place ?? written.FirstOrDefault()?.Place
            : null;
        return Diagnostic.Error(place?.File ?? service.SourceFile, place?.Span ?? SourceSpan.WholeFile, $"{problem.Address} cannot be bound: {problem.Problem}");
    }
}
