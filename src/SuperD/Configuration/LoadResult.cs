using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>What <see cref="ConfigurationLoader"/> made of the files.</summary>
/// <param name="Server">Null when superd.toml itself (or the services directory it names) is bad; services with errors are left out of it.</param>
/// <param name="Diagnostics">The problems of every file: superd.toml first, then the service files in byte order. Those of a file that are not listed are one of them, with their <see cref="Diagnostic.Number"/>.</param>
internal sealed record LoadResult(ServerDefinition? Server, ImmutableArray<Diagnostic> Diagnostics)
{
    /// <summary>Where each address of each service is written, by the service's name.</summary>
    public IReadOnlyDictionary<string, ImmutableArray<Written<ListenAddress>>> ListenPlaces { get; init; } = ImmutableDictionary<string, ImmutableArray<Written<ListenAddress>>>.Empty;

    /// <summary>Every file and directory that was read, and its state before it was.</summary>
    public IReadOnlyList<(string Path, FileStamp Stamp)> Sources { get; init; } = [];

    /// <summary>False when something that was read has changed since: then what was read may be partly old and partly new.</summary>
    public bool IsSteady => Sources.All(source => FileStamp.Of(source.Path) == source.Stamp);

    public bool HasErrors => Count(Severity.Error) > 0;

    public int Count(Severity severity)
    {
        int count = 0;
        foreach (Diagnostic diagnostic in Diagnostics)
        {
            count += diagnostic.Severity == severity ? diagnostic.Number : 0;
        }

        return count;
    }
}
