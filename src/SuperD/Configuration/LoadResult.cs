using System.Collections.Immutable;

namespace SuperD.Configuration;

/// <summary>What <see cref="ConfigurationLoader"/> made of the files.</summary>
/// <param name="Server">Null when superd.toml itself (or the services directory it names) is bad; services with errors are left out of it.</param>
/// <param name="Diagnostics">Every problem of every file: superd.toml first, then the service files in byte order.</param>
internal sealed record LoadResult(ServerDefinition? Server, ImmutableArray<Diagnostic> Diagnostics)
{
    public bool HasErrors => Count(Severity.Error) > 0;

    public int Count(Severity severity)
    {
        int count = 0;
        foreach (Diagnostic diagnostic in Diagnostics)
        {
            count += diagnostic.Severity == severity ? 1 : 0;
        }

        return count;
    }
}
