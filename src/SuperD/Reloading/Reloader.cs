using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using SuperD.Admission;
using SuperD.Configuration;
using SuperD.Control.Messages;
using SuperD.Conversing;
using SuperD.Ending;
using SuperD.Linux;
using SuperD.Listening;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.ServiceManager;
using SuperD.Services;

namespace SuperD.Reloading;

/// <summary>Changes the configuration while superd serves: all of it, or nothing. Loop only.</summary>
/// <remarks>
/// 1. Beside the loop all is read and compared while the loop serves on. 2. On the loop, every new address is bound. Nothing has changed so
/// far, and any error ends the reload. 3. The differences are applied in one go, between two events of the loop; unchanged services are not
/// touched. An admitted connection keeps the definition it began with (<see cref="Connection.Definition"/>). A connection that still waits
/// for its PROXY header or for a place is admitted by the new rules, or refused when its service was removed.
/// </remarks>
internal sealed class Reloader(
    EventLoop loop,
    Stages stages,
    ServiceTable services,
    Places places,
    Listeners listeners,
    AccessControl access,
    RefusalLog refusals,
    Conversations conversations,
    Readiness readiness,
    Shutdown shutdown,
    LogLevelSwitch? level,
    InheritedState inherited,
    ILogger log)
{
    private const string HangUp = "SIGHUP";

    private readonly Queue<ReloadOrder> _orders = new();

    /// <summary>Whether a reload has begun and not ended.</summary>
    public bool IsUnderWay { get; private set; }

    /// <summary>Whether no reload may begin, because superd becomes its next version, which reads everything anew.</summary>
    public bool IsHeld { get; private set; }

    /// <summary>Begins no reload until <see cref="Resume"/>.</summary>
    public void Hold() => IsHeld = true;

    /// <summary>Begins the reloads that were ordered meanwhile.</summary>
    public void Resume()
    {
        IsHeld = false;
        BeginNext();
    }

    /// <summary>SIGHUP. One order is enough: while it waits for its turn, another would read the same files.</summary>
    public void OnHangUp()
    {
        if (!_orders.Any(order => order.By == HangUp))
        {
            Order(new ReloadOrder(HangUp, IsDryRun: false, Kills: false, Done: null));
        }
    }

    /// <summary>Reloads, after the reloads that were ordered before.</summary>
    public void Order(ReloadOrder order)
    {
        loop.AssertOnLoop();
        _orders.Enqueue(order);
        BeginNext();
    }

    /// <summary>THE BEGINNING of a reload, when one is ordered and none is under way.</summary>
    private void BeginNext()
    {
        if (IsUnderWay || IsHeld || !_orders.TryDequeue(out ReloadOrder? order))
        {
            return;
        }

        IsUnderWay = true;
        ServerDefinition running = services.Definition;
        log.ReloadBegins(running.SourceFile, order.By);
        if (!order.IsDryRun)
        {
            readiness.BeginReloading();
        }

        BesideLoop.Run("read the configuration", () =>
        {
            ReloadReading reading = ReloadReading.Take(running, inherited);
            loop.Post(() => Apply(order, reading));
        });
    }

    private void Apply(ReloadOrder order, ReloadReading reading)
    {
        if (shutdown.Phase != ShutdownPhase.None)
        {
            End(order, TooLate(order));
        }
        else if (reading.Plan is { } plan)
        {
            Apply(order, plan, reading);
        }
        else
        {
            End(order, NotApplied(order, reading.Load, [.. reading.Load.Diagnostics]));
        }
    }

    /// <summary>THE END of a reload, however it goes.</summary>
    private void End(ReloadOrder order, ReloadState state)
    {
        if (!order.IsDryRun)
        {
            readiness.TellManager();
        }

        IsUnderWay = false;
        order.Done?.Invoke(state);
        BeginNext();
    }

    private void Apply(ReloadOrder order, ReloadPlan plan, ReloadReading reading)
    {
        long start = Stopwatch.GetTimestamp();
        Service[] added = [.. plan.Added.Select(definition => services.FindRemoved(definition.Name) ?? new Service(definition))];
        Service[] changed = [.. plan.Changed.Select(definition => services[definition.Name])];
        Service[] removed = [.. plan.Removed.Select(definition => services[definition.Name])];
        ReloadState state = ReloadReports.Planned(order, plan, reading.Load, removed);
        ListenerChanges changes = listeners.Prepare([.. added.Zip(plan.Added), .. changed.Zip(plan.Changed)], removed, order.IsDryRun);
        if (changes.Problems.Count > 0)
        {
            listeners.NameHolders(changes.Problems, problems =>
            {
                IEnumerable<Diagnostic> unbound = problems.Select(problem => ReloadReports.Unbound(problem, reading.Load));
                End(order, NotApplied(order, reading.Load, [.. reading.Load.Diagnostics, .. unbound]));
            });
            return;
        }

        if (order.IsDryRun)
        {
            End(order, state);
            return;
        }

        foreach (Diagnostic warning in reading.Load.Diagnostics)
        {
            log.ConfigurationProblem(LogLevel.Warning, warning.ToString());
        }

        if (reading.Load.UnreadNote is { } note)
        {
            log.ConfigurationProblem(LogLevel.Information, note);
        }

        readiness.WithoutNews(() => listeners.Commit(changes));
        listeners.RetryUnbound(); // whoever reloads may have mended what prevented it
        Renew(plan);
        Array.ForEach(removed, service => Remove(service, order.Kills));
        foreach ((Service service, ServiceDefinition definition) in changed.Zip(plan.Changed))
        {
            Change(service, definition);
        }

        foreach ((Service service, ServiceDefinition definition) in added.Zip(plan.Added))
        {
            services.Add(service, definition);
            access.Add(service);
            places.SetQueueing(service);
            log.ServiceAdded(service.Name, definition.SourceFile);
        }

        access.KeepFiles(plan.AddressFiles);
        conversations.KeepTexts(plan.Banners);
        refusals.ForgetRemoved();
        log.Reload(
            added.Length,
            changed.Length,
            removed.Length,
            plan.Kept,
            (long)reading.Took.TotalMilliseconds,
            (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds,
            order.By);
        readiness.TellIfNothingIsServed();
        End(order, state with { Applied = true });
    }

    private void Renew(ReloadPlan plan)
    {
        stages.Succeed(plan.Server);
        shutdown.Grace = plan.Server.ShutdownGrace;
        level?.Level = plan.Server.LogLevel;
        foreach (string key in plan.KeysForRestart)
        {
            log.KeyNeedsRestart(key);
        }
    }

    private void Change(Service service, ServiceDefinition definition)
    {
        service.Redefine(definition);
        access.Renew(service);
        places.SetQueueing(service);
        places.Resume(service); // there may be more instances than before
        log.ServiceChanged(service.Name, definition.SourceFile, service.Occupancy);
    }

    private void Remove(Service service, bool kills)
    {
        services.Remove(service);
        access.Remove(service);
        places.Remove(service);
        log.ServiceRemoved(service.Name, service.Definition.SourceFile, service.Occupancy);
        if (kills)
        {
            foreach (Connection connection in places.Admitted.Where(connection => connection.Service == service).ToArray())
            {
                connection.Server?.End();
            }
        }
    }

    private ReloadState TooLate(ReloadOrder order)
    {
        const string Reason = "superd is ending";
        log.ReloadFailed(0, order.By, Reason);
        return new ReloadState { Applied = false, DryRun = order.IsDryRun, Failure = $"not reloaded: {Reason}" };
    }

    private ReloadState NotApplied(ReloadOrder order, LoadResult load, Diagnostic[] problems)
    {
        ImmutableArray<BrokenFile> broken = BrokenFile.In(problems, load.ServicesDirectory);
        FileAtFault[] atFault =
        [
            .. broken.Select(file => new FileAtFault(
                file.Path, file.Service, file.Errors, file.Service is { } name && services.Find(name) is not null)),
        ];
        int errors = broken.Sum(file => file.Errors);
        string reason = ReloadReports.Describe(errors, atFault);
        if (!order.IsDryRun)
        {
            services.Refuse(new RefusedReading(loop.NowMs, broken), load.Services);
            foreach (Diagnostic problem in problems)
            {
                log.ConfigurationProblem(problem.Severity == Severity.Error ? LogLevel.Error : LogLevel.Warning, problem.ToString());
            }

            log.ReloadFailed(errors, order.By, reason);
        }

        return ReloadReports.NotApplied(order, problems, errors, atFault, $"not reloaded: {reason}; everything is as it was");
    }
}
