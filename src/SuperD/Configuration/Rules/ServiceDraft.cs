using System.Collections.Immutable;

namespace SuperD.Configuration.Rules;

/// <summary>A service file between reading and definition. It becomes a service only if nothing in it is wrong.</summary>
/// <param name="Config">The file as written.</param>
/// <param name="Definition">Null when something essential is missing.</param>
/// <param name="Listen">Its sockets with the places of their addresses, even for a bad file, so that conflicts are reported too.</param>
/// <param name="UserWritten">Whether the service sets its user; also true when no program runs.</param>
internal sealed record ServiceDraft(
    ServiceConfig Config, ServiceDefinition? Definition, ImmutableArray<Written<ListenAddress>> Listen, bool UserWritten)
{
    /// <summary>Key <c>enabled</c>.</summary>
    public bool Enabled => Config.Enabled?.Value ?? true;
}
