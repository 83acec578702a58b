using SuperD.Services;

namespace SuperD.Admission;

/// <summary>The result of the checks of a connection.</summary>
/// <param name="Refusal"><see cref="Refusal.None"/> admits it.</param>
/// <param name="Count">
/// The count behind the limit, for the log: the source's handlers for per_source, all handlers for max_handlers, otherwise the service's.
/// </param>
/// <param name="RetryAfter">When it is worth trying again; zero if that is unknown.</param>
internal readonly record struct Verdict(Refusal Refusal, Occupancy Count, TimeSpan RetryAfter)
{
    /// <summary>Whether the connection is refused.</summary>
    public bool IsRefused => Refusal != Refusal.None;

    /// <summary>A refusal that no limit explains, with the places of the service for the log.</summary>
    public static Verdict Of(Refusal refusal, Service service) => new(refusal, service.Occupancy, TimeSpan.Zero);
}
