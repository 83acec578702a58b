using System.Collections.Immutable;

namespace SuperD.Configuration.Rules;

/// <summary>A superd that is root runs its programs as root unless told otherwise: that is said once per load, with the names.</summary>
internal static class RootRule
{
    private const int MostNames = 5;

    public static void Warn(ImmutableArray<ServiceDraft> services, string superdToml, LoadContext context)
    {
        if (!context.Host.IsRoot)
        {
            return;
        }

        List<string> names = [.. services.Where(service => service.Enabled && !service.UserWritten && service.Config.Exec is not null).Select(service => $"'{service.Config.Name}'")];
        if (names.Count == 0)
        {
            return;
        }

        string shown = string.Join(", ", names.Take(MostNames)) + (names.Count > MostNames ? $" and {names.Count - MostNames} more" : "");
        context.Problems.Warning(new Place(superdToml, SourceSpan.WholeFile),
            $"{(names.Count == 1 ? "1 service runs" : $"{names.Count} services run")} as root: {shown}; write user = \"nobody\" in the file or in [defaults], or user = \"root\" to say that it is meant");
    }
}
