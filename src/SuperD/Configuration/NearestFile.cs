using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>"Did you mean" for files: finds the file that a mistyped path most likely stands for.</summary>
/// <remarks>One instance serves one load, and lists each directory once.</remarks>
internal sealed class NearestFile
{
    /// <summary>How many near names are tried before the search is given up.</summary>
    private const int MostTries = 5;

    /// <summary>A directory with more names is not searched.</summary>
    private const int MostNames = 20_000;

    private readonly Dictionary<string, List<string>> _names = new(StringComparer.Ordinal);

    /// <summary>The path with another last component: one like it, or it with an extension; null when there is none.</summary>
    /// <param name="root">The directory that is <c>/</c> for the path; empty for the machine's own.</param>
    /// <param name="path">Absolute.</param>
    /// <param name="isGood">Whether a path will do.</param>
    public string? Find(string root, string path, Func<string, bool> isGood)
    {
        int slash = path.LastIndexOf('/');
        string directory = path[..(slash + 1)], name = path[(slash + 1)..];
        if (name.Length == 0)
        {
            return null;
        }

        List<string> names = [.. NamesIn(root + directory)];
        string? extended = names.Find(other => other.StartsWith(name + ".", StringComparison.Ordinal) && isGood(directory + other));
        for (int tries = 0; extended is null && tries < MostTries; tries++)
        {
            if (NearestName.Find(name, names) is not { } near)
            {
                return null;
            }

            if (isGood(directory + near))
            {
                return directory + near;
            }

            names.Remove(near);
        }

        return extended is null ? null : directory + extended;
    }

    private List<string> NamesIn(string directory)
    {
        if (!_names.TryGetValue(directory, out List<string>? names))
        {
            _ = DirectoryNames.TryRead(directory, out names, MostNames);
            names.Sort(string.CompareOrdinal);
            _names.Add(directory, names);
        }

        return names;
    }
}
