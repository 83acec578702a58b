namespace SuperD.Admission;

/// <summary>
/// Why a connection got no handler, in the order of the checks; each reason has a stable name for logs, status and metrics.
/// </summary>
internal enum Refusal
{
    /// <summary>Not refused.</summary>
    None,

    /// <summary>It has reached this service before: superd is its own client, through a redirect that leads back.</summary>
    Loop,

    /// <summary>The service is behind proxies, <c>proxy_in</c>, and the peer is not one of them.</summary>
    ProxyUntrusted,

    /// <summary>The proxy sent no valid PROXY header in time; the log has the details.</summary>
    ProxyHeader,

    /// <summary>The service is a <c>sensor</c>: it refuses everybody, and remembers them.</summary>
    Trap,

    /// <summary><c>no_access</c> contains the peer's address, at least as specifically as <c>only_from</c>.</summary>
    NoAccess,

    /// <summary><c>only_from</c> does not contain the peer's address.</summary>
    OnlyFrom,

    /// <summary>The source has visited a sensor.</summary>
    Sensor,

    /// <summary>The source serves a <c>penalty</c>.</summary>
    Penalty,

    /// <summary>The source has as many handlers as <c>per_source</c> allows.</summary>
    PerSource,

    /// <summary>The source connects faster than <c>per_source_rate</c>.</summary>
    PerSourceRate,

    /// <summary>The service is being drained: <c>superd drain</c>.</summary>
    Drain,

    /// <summary>The service is closed at this time: <c>access_times</c>.</summary>
    AccessTimes,

    /// <summary>All <c>instances</c> of the service are in use.</summary>
    Instances,

    /// <summary>The free instances of the service are kept for other clients: <c>reserve</c>.</summary>
    Reserve,

    /// <summary>Connections to the service arrive faster than <c>rate</c>.</summary>
    Rate,

    /// <summary>The machine's load is <c>max_load</c> or more.</summary>
    MaxLoad,

    /// <summary>All <c>max_handlers</c> of superd are in use.</summary>
    MaxHandlers,

    /// <summary>It was accepted and waited; meanwhile the service has used up its share of superd's descriptors.</summary>
    Descriptors,

    /// <summary>The handler could not be launched; the log has the step and the error.</summary>
    Launch,

    /// <summary>The backend of a redirect service could not be reached; the log has what was tried.</summary>
    Backend,

    /// <summary>
    /// A datagram to a builtin came from a port below 1024 or one of superd's own, or went to a broadcast address: answers might loop
    /// endlessly.
    /// </summary>
    SourcePort,

    /// <summary>It was admitted, but did not read the texts that precede the handler, or went away.</summary>
    Banner,

    /// <summary>A client of a tcpmux service asked for a service that does not exist or is not offered there.</summary>
    UnknownService,

    /// <summary>A client of a tcpmux service did not name the service it wants in time.</summary>
    Request,
}

/// <summary>The stable names of refusals.</summary>
internal static class RefusalNames
{
    /// <summary>The name in logs: that of the key that refuses, if there is one.</summary>
    public static string Name(this Refusal refusal) => refusal switch
    {
        Refusal.None => "none",
        Refusal.Loop => "loop",
        Refusal.ProxyUntrusted => "proxy_untrusted",
        Refusal.ProxyHeader => "proxy_header",
        Refusal.Trap => "trap",
        Refusal.NoAccess => "no_access",
        Refusal.OnlyFrom => "only_from",
        Refusal.Sensor => "sensor",
        Refusal.Penalty => "penalty",
        Refusal.PerSource => "per_source",
        Refusal.PerSourceRate => "per_source_rate",
        Refusal.Drain => "drain",
        Refusal.AccessTimes => "access_times",
        Refusal.Instances => "instances",
        Refusal.Reserve => "reserve",
        Refusal.Rate => "rate",
        Refusal.MaxLoad => "max_load",
        Refusal.MaxHandlers => "max_handlers",
        Refusal.Descriptors => "descriptors",
        Refusal.Launch => "launch",
        Refusal.Backend => "backend",
        Refusal.SourcePort => "source_port",
        Refusal.Banner => "banner",
        Refusal.UnknownService => "unknown_service",
        Refusal.Request => "request",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
    };
}
