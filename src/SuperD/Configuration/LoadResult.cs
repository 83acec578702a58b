using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>The result of <see cref="ConfigurationLoader"/>.</summary>
/// <param name="Server">Without the services that have errors; null when superd.toml or the services directory is bad.</param>
/// <param name="Diagnostics">
/// The problems of every file: superd.toml first, then the service files in byte order. The unlisted problems of a file are one entry,
/// with their <see cref="Diagnostic.Number"/>.
/// </param>
internal sealed record LoadResult(ServerDefinition? Server, ImmutableArray<Diagnostic> Diagnostics)
{
    /// <summary>The place of each address of each service in its file, by the service's name.</summary>
    public IReadOnlyDictionary<string, ImmutableArray<Written<ListenAddress>>> ListenPlaces { get; init; } =
        ImmutableDictionary<string, ImmutableArray<Written<ListenAddress>>>.Empty;

    /// <summary>Every file and directory that was read, with its stamp from before the read.</summary>
    public IReadOnlyList<(string Path, FileStamp Stamp)> Sources { get; init; } = [];

    /// <summary>Files that are not read, though a user may take them for services; their paths from the services directory.</summary>
    public ImmutableArray<string> UnreadFiles { get; init; } = [];

    /// <summary>The services without errors, also when <see cref="Server"/> is null; null if their directory was not read.</summary>
    public ImmutableArray<ServiceDefinition>? Services { get; init; }

    /// <summary>The services directory as shown in messages.</summary>
    public string ServicesDirectory { get; init; } = "";

    /// <summary>Names the files that are not read; null when there are none.</summary>
    public string? UnreadNote
    {
        get
        {
            const int MostShown = 10;
            if (UnreadFiles.IsEmpty)
            {
                return null;
            }

            string names = string.Join(", ", UnreadFiles.Take(MostShown).Select(Wording.Quote));
            int more = UnreadFiles.Length - MostShown;
            return $"{Wording.Path(ServicesDirectory)}: note: not read, because a service is a file NAME.toml in this directory: {names}"
                + (more > 0 ? $" and {more} more" : "");
        }
    }

    /// <summary>False when a source has changed since it was read: the result may mix old and new.</summary>
    public bool IsSteady => Sources.All(source => FileStamp.Of(source.Path) == source.Stamp);

    /// <summary>Whether there is any error.</summary>
    public bool HasErrors => Count(Severity.Error) > 0;

    /// <summary>The number of problems of a severity, including unlisted ones.</summary>
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
