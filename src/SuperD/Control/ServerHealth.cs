using System.Globalization;
using SuperD.Configuration;
using SuperD.Ending;
using SuperD.Listening;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Control;

/// <summary>Whether superd, or one of its services, takes new clients: for those who send it clients. Loop only.</summary>
internal sealed class ServerHealth(EventLoop loop, ServiceTable services, Listeners listeners, Rotation rotation, Shutdown shutdown)
{
    /// <summary>Why new clients should go elsewhere, although superd may still accept them; null if they should come.</summary>
    public string? WhyNotReady() => WhyOutOfRotation()
        ?? (listeners.AddressCount - listeners.BoundCount is var missing and > 0
            ? $"{missing} of {Wording.Count(listeners.AddressCount, "listener")} not bound yet"
            : null);

    /// <summary>The same for one service; the addresses of others do not matter.</summary>
    public string? WhyNotReady(string name) => WhyOutOfRotation() ?? (services.Find(name) is { } service
        ? WhyNotReady(service)
        : services.FindUnserved(name) is { } unserved ? $"it is {unserved.State}" : "there is no such service");

    /// <summary>That superd leaves, or has left, as it was told to; null if not.</summary>
    public string? WhyOutOfRotation() => (shutdown.Phase, rotation.Phase) switch
    {
        (ShutdownPhase.LameDuck, _) => $"lame duck: it ends in {Left(shutdown.LameDuckUntilMs)}",
        (not ShutdownPhase.None, _) => "it ends",
        (_, RotationPhase.LameDuck) => $"lame duck: it is drained in {Left(rotation.LameDuckUntilMs)}",
        (_, RotationPhase.Drained) => "drained; 'superd resume' ends it",
        _ => null,
    };

    private string? WhyNotReady(Service service) => service.Mode != ServiceMode.Open ? $"it is {service.Mode.Name()}"
        : listeners.AddressesOf(service).Any(address => !address.IsBound) ? "it is not bound at all of its addresses"
        : null;

    private string Left(long? untilMs) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (untilMs ?? 0) - loop.NowMs) / 1000.0:0.0} s");
}
