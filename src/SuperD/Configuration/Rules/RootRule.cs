using System.Collections.Immutable;

namespace SuperD.Configuration.Rules;

/// <summary>superd as root runs programs as root unless user is set: warns once per load, with the services' names.</summary>
internal static class RootRule
{
    private const int MostNames = 5;

    /// <summary>Warns if any of these services runs as root without saying so.</summary>
    public static void Warn(ImmutableArray<ServiceDraft> services, string superdToml, LoadContext context)
    {
        if (!context.Host.IsRoot)
        {
            return;
        }

        List<string> names =
        [
            .. services
                .Where(service => service.Enabled && !service.UserWritten && service.Config.Exec is not null)
                .Select(service => $"'{service.Config.Name}'"),
        ];
        if (names.Count == 0)
        {
            return;
        }

        string shown = string.Join(", ", names.Take(MostNames)) + (names.Count > MostNames ? $" and {names.Count - MostNames} more" : "");
        string running = names.Count == 1 ? "1 service runs" : $"{names.Count} services run";
        context.Problems.Warning(
            new Place(superdToml, SourceSpan.WholeFile),
            $"{running} as root: {shown}; write user = \"nobody\" in the file or in [defaults], or user = \"root\" to say that it is "
            + "meant");
    }
}
