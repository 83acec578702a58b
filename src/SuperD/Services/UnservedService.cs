using System.Collections.Immutable;
using SuperD.Configuration;

namespace SuperD.Services;

/// <summary>A service that superd knows from its file and does not serve. Immutable.</summary>
/// <param name="State"><see cref="Broken"/>, <see cref="Disabled"/>, or <see cref="Trouble.Waiting"/> for a reload that succeeds.</param>
/// <param name="Fault">What is wrong with its file; null if that is good.</param>
internal sealed record UnservedService(string Name, string File, string State, string? Description, BrokenFile? Fault)
{
    /// <summary>Its file has an error.</summary>
    public const string Broken = "broken";

    /// <summary>Its file says <c>enabled = false</c>.</summary>
    public const string Disabled = "disabled";

    /// <summary>All of them in the order of their names.</summary>
    /// <param name="read">The services whose files are good.</param>
    /// <param name="broken">The files at fault; of two for one service the last counts.</param>
    /// <param name="isServed">Whether the service of a name is served nevertheless.</param>
    public static ImmutableArray<UnservedService> Find(
        IEnumerable<ServiceDefinition> read, IEnumerable<BrokenFile> broken, Predicate<string> isServed)
    {
        var found = new SortedDictionary<string, UnservedService>(StringComparer.Ordinal);
        foreach (ServiceDefinition service in read.Where(service => !isServed(service.Name)))
        {
            string state = service.Enabled ? Trouble.Waiting : Disabled;
            found[service.Name] = new UnservedService(service.Name, service.SourceFile, state, service.Description, Fault: null);
        }

        foreach (BrokenFile file in broken)
        {
            if (file.Service is { } name && !isServed(name))
            {
                found[name] = found.TryGetValue(name, out UnservedService? good)
                    ? good with { Fault = file }
                    : new UnservedService(name, file.Path, Broken, Description: null, file);
            }
        }

        return [.. found.Values];
    }
}
