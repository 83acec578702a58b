using SuperD.Configuration;

namespace SuperD.Services;

/// <summary>What of its service's definition a handler lives by until its end, on its way to superd's next version.</summary>
internal sealed record TermsHandover(
    bool Wait,
    CloseMode Close,
    bool EndsOrphans,
    TimeSpan StopGrace,
    TimeSpan? RunTimeout,
    TimeSpan? FirstByteTimeout,
    TimeSpan? IdleTimeout)
{
    public static TermsHandover Of(ServiceDefinition definition) => new(
        definition.Wait,
        definition.Close,
        definition.EndsOrphans,
        definition.StopGrace,
        definition.RunTimeout,
        definition.FirstByteTimeout,
        definition.IdleTimeout);

    /// <summary>A service's present definition, but with these terms.</summary>
    public ServiceDefinition Over(ServiceDefinition present) => present with
    {
        Wait = Wait,
        Close = Close,
        EndsOrphans = EndsOrphans,
        StopGrace = StopGrace,
        RunTimeout = RunTimeout,
        FirstByteTimeout = FirstByteTimeout,
        IdleTimeout = IdleTimeout,
    };
}
