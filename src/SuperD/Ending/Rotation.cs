using Microsoft.Extensions.Logging;
using SuperD.Configuration;
using SuperD.Logging;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Ending;

/// <summary>Whether superd is in the rotation of those who send it clients, as an operator orders.</summary>
internal enum RotationPhase
{
    /// <summary>It is.</summary>
    In,

    /// <summary>It says that it is not, and accepts until they have noticed.</summary>
    LameDuck,

    /// <summary>Every service is drained.</summary>
    Drained,
}

/// <summary>Takes superd out of rotation on request, and back: <c>superd drain --all</c>, <c>superd resume</c>. Loop only.</summary>
/// <remarks>
/// A drained superd stops listening but keeps its sockets, so that no other program takes a port meanwhile; a socket that the service
/// manager passed could not be opened again. The services that report on superd itself go on.
/// </remarks>
/// <param name="steer">Gives a service its mode, and pauses or resumes its listeners.</param>
internal sealed class Rotation(Stages stages, EventLoop loop, ServiceTable services, Action<Service, ServiceMode> steer, ILogger log)
    : Stage(stages)
{
    private TimeSpan _lameDuck;
    private long _announcedMs;
    private LoopTimer? _timer;

    /// <summary>Raised when <see cref="Phase"/> has changed.</summary>
    public event Action? Changed;

    /// <summary>Where superd is.</summary>
    public RotationPhase Phase { get; private set; }

    /// <summary>When the lame duck ends; null if there is none. As the loop's <c>NowMs</c>.</summary>
    public long? LameDuckUntilMs => _timer?.DueMs;

    /// <summary>
    /// How long superd must still announce that it takes no new clients before it ends; an announcement on request counts.
    /// </summary>
    public TimeSpan AnnouncementLeft => Phase switch
    {
        RotationPhase.In => _lameDuck,
        RotationPhase.Drained => TimeSpan.Zero,
        _ => _lameDuck - TimeSpan.FromMilliseconds(loop.NowMs - _announcedMs),
    };

    /// <summary>None: a shutdown does not wait for it.</summary>
    public override int Count => 0;

    /// <summary>A lame duck under way keeps its time.</summary>
    public override void Succeed(ServerDefinition server) => _lameDuck = server.LameDuck;

    /// <summary>Announces that superd takes no new clients, and then drains every service. Another call changes when.</summary>
    /// <param name="lameDuck">How long it accepts after this call; null = as configured.</param>
    /// <param name="userId">Who orders it.</param>
    public void Leave(TimeSpan? lameDuck, uint userId)
    {
        loop.AssertOnLoop();
        TimeSpan time = lameDuck ?? _lameDuck;
        _announcedMs = Phase == RotationPhase.In ? loop.NowMs : _announcedMs;
        log.DrainAll(time.TotalSeconds, services.LiveConnections, userId);
        if (Phase == RotationPhase.Drained || time <= TimeSpan.Zero)
        {
            Drain();
        }
        else
        {
            Enter(RotationPhase.LameDuck);
            _timer = loop.Schedule(time, Drain);
            Changed?.Invoke();
        }
    }

    /// <summary>Lets every service accept, whatever was ordered for it before.</summary>
    /// <param name="userId">Who orders it.</param>
    public void Return(uint userId)
    {
        loop.AssertOnLoop();
        Enter(RotationPhase.In);
        SteerAll(ServiceMode.Open);
        Changed?.Invoke();
        log.ResumeAll(userId);
    }

    public override StageHandover? HandOver(KeptDescriptors kept) =>
        Phase == RotationPhase.In ? null : new RotationHandover(_announcedMs, _timer?.DueMs);

    /// <summary>The services have inherited their modes.</summary>
    public override bool TryInherit(StageHandover part, Inheritance inheritance)
    {
        if (part is not RotationHandover handed)
        {
            return false;
        }

        _announcedMs = handed.AnnouncedMs;
        if (handed.LameDuckUntilMs is { } until)
        {
            Enter(RotationPhase.LameDuck);
            _timer = loop.Schedule(inheritance.Until(until), Drain);
        }
        else
        {
            Enter(RotationPhase.Drained);
        }

        return true;
    }

    private void Drain()
    {
        Enter(RotationPhase.Drained);
        SteerAll(ServiceMode.Draining);
        Changed?.Invoke();
        log.Drained(services.LiveConnections);
    }

    private void Enter(RotationPhase phase)
    {
        _timer?.Cancel();
        _timer = null;
        Phase = phase;
        services.ModeOfNew = phase == RotationPhase.Drained ? ServiceMode.Draining : ServiceMode.Open;
    }

    private void SteerAll(ServiceMode mode)
    {
        foreach (Service service in services.All)
        {
            if (mode == ServiceMode.Open || !service.Definition.IsReport)
            {
                steer(service, mode);
            }
        }
    }
}

/// <summary>A superd that is out of rotation, or will be; see <see cref="Rotation"/>.</summary>
/// <param name="AnnouncedMs">Since when it says so.</param>
/// <param name="LameDuckUntilMs">When it drains its services; null when it has done so.</param>
internal sealed record RotationHandover(long AnnouncedMs, long? LameDuckUntilMs) : StageHandover;
