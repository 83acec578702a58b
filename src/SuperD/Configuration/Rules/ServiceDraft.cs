using System.Collections.Immutable;

namespace SuperD.Configuration.Rules;

/// <summary>One service file on its way to a definition: complete only when nothing in it is wrong.</summary>
/// <param name="Definition">Null when something essential is missing.</param>
/// <param name="Listen">Its sockets with the places that ask for them: also those of a bad file, so that a conflict is told along with the rest.</param>
/// <param name="UserWritten">Whether somebody has said who the service runs as; true also where no program runs.</param>
internal sealed record ServiceDraft(
    ServiceConfig Config, ServiceDefinition? Definition, ImmutableArray<Written<ListenAddress>> Listen, bool UserWritten)
{
    public bool Enabled => Config.Enabled?.Value ?? true;
}
