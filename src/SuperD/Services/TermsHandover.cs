using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using SuperD.Configuration;

namespace SuperD.Services;

/// <summary>The parts of its service's definition that apply to a running handler, handed over to the next version.</summary>
internal sealed record TermsHandover(
    bool Wait,
    CloseMode Close,
    bool EndsOrphans,
    TimeSpan StopGrace,
    TimeSpan? RunTimeout,
    TimeSpan? FirstByteTimeout,
    TimeSpan? IdleTimeout,
    TimeSpan? GoneTimeout,
    [property: JsonConverter(typeof(EnumByName<LogLevel>))] LogLevel LogExit = LogLevel.Information)
{
    /// <summary>Takes the terms out of a definition.</summary>
    public static TermsHandover Of(ServiceDefinition definition) => new(
        definition.Wait,
        definition.Close,
        definition.EndsOrphans,
        definition.StopGrace,
        definition.RunTimeout,
        definition.FirstByteTimeout,
        definition.IdleTimeout,
        definition.GoneTimeout,
        definition.LogExit);

    /// <summary>Returns a service's present definition with these terms.</summary>
    public ServiceDefinition Over(ServiceDefinition present) => present with
    {
        Wait = Wait,
        Close = Close,
        EndsOrphans = EndsOrphans,
        StopGrace = StopGrace,
        RunTimeout = RunTimeout,
        FirstByteTimeout = FirstByteTimeout,
        IdleTimeout = IdleTimeout,
        GoneTimeout = GoneTimeout,
        LogExit = LogExit,
    };
}
