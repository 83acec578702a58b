using SuperD.Services;

namespace SuperD.Admission;

/// <summary>What access control says of a connection.</summary>
/// <param name="Refusal"><see cref="Refusal.None"/> admits it.</param>
/// <param name="Count">What is counted against the limit in question, for the log: the source's handlers for per_source, all for max_handlers, else the service's.</param>
/// <param name="RetryAfter">When it is worth trying again; zero when that cannot be told.</param>
internal readonly record struct Verdict(Refusal Refusal, Occupancy Count, TimeSpan RetryAfter)
{
    public bool IsRefused => Refusal != Refusal.None;

    /// <summary>A refusal that no limit explains, with the places of the service for the log.</summary>
    public static Verdict Of(Refusal refusal, Service service) => new(refusal, service.Occupancy, TimeSpan.Zero);
}
