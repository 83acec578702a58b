namespace SuperD.Conversing;

/// <summary>What superd tells those who watch it; the builtins health, metrics and agent ask it. Loop only.</summary>
internal interface IServerReport
{
    /// <summary>Why new clients should go elsewhere; null if they should come.</summary>
    string? WhyNotReady();

    /// <summary>The same for one service.</summary>
    /// <returns>False if there is no service of that name.</returns>
    bool TryFindWhyNotReady(string service, out string? why);

    /// <summary>The line of HAProxy's agent-check for a service.</summary>
    /// <param name="service">Null = superd as a whole.</param>
    string AgentLine(string? service);

    /// <summary>The counters in Prometheus's text format, in pieces; each costs a bounded time when it is asked for.</summary>
    IEnumerable<string> Metrics();
}
