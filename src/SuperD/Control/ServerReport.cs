using System.Globalization;
using SuperD.Control.Messages;
using SuperD.Conversing;
using SuperD.Loop;
using SuperD.Services;

namespace SuperD.Control;

/// <summary>What superd tells those who watch it over the network. Loop only.</summary>
internal sealed class ServerReport(
    EventLoop loop, ServiceTable services, Places places, ServerHealth health, ServerOverview overview, ServiceReports reports)
    : IServerReport
{
    /// <summary>How old a reading may be: those who ask at the same time share it, so that it costs memory once.</summary>
    private const int MostAgeMs = 1000;

    private readonly WeakReference<Reading?> _last = new(null);

    public string? WhyNotReady() => health.WhyNotReady();

    public bool TryFindWhyNotReady(string service, out string? why)
    {
        why = health.WhyNotReady(service);
        return services.Find(service) is not null || services.FindUnserved(service) is not null;
    }

    /// <remarks>
    /// <c>ready</c> cancels an earlier <c>drain</c> or <c>maint</c>, which <c>up</c> alone does not; see agent-check in HAProxy's manual. A
    /// failing service is up, since only a client that comes can show that it is mended.
    /// </remarks>
    public string AgentLine(string? service)
    {
        if (health.WhyOutOfRotation() is { } leaving)
        {
            return $"drain #{leaving}\n";
        }

        Service? one = service is null ? null : services.Find(service);
        string? why = service is null ? health.WhyNotReady() : health.WhyNotReady(service);
        return (why, one?.Mode) switch
        {
            (null, _) => string.Create(CultureInfo.InvariantCulture, $"ready up {Math.Min(FreePercent(one), FreePercent())}%\n"),
            (_, ServiceMode.Draining) => $"drain #{why}\n",
            (_, ServiceMode.Paused) => $"maint #{why}\n",
            _ => $"down #{why}\n",
        };
    }

    public IEnumerable<string> Metrics()
    {
        if (!_last.TryGetTarget(out Reading? reading) || loop.NowMs - reading.TakenMs > MostAgeMs)
        {
            reading = new Reading(loop.NowMs, overview.State, reports.Page(after: null, most: int.MaxValue));
            _last.SetTarget(reading);
        }

        return PrometheusText.Of(reading.Server, reading.Services);
    }

    private int FreePercent() => FreePercent(places.Admitted.Count, places.Most);

    private static int FreePercent(Service? service) => FreePercent(service?.LiveHandlers ?? 0, service?.Definition.Instances);

    /// <summary>
    /// At least one: all servers may be full at the moment in which they are asked, and with a weight of zero everywhere HAProxy would
    /// refuse everybody until it asks again.
    /// </summary>
    /// <param name="most">Null = unlimited.</param>
    private static int FreePercent(int taken, int? most) =>
        most is { } limit ? (int)Math.Clamp(100L * (limit - taken) / limit, 1, 100) : 100;

    private sealed record Reading(long TakenMs, ServerState Server, IReadOnlyList<ServiceState> Services);
}
