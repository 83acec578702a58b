using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>A service as written, merged with the defaults as written; the service's own value wins.</summary>
/// <remarks>
/// env merges variable by variable, rlimit, limit and limit_total resource by resource; any other key replaces the default as a whole.
/// </remarks>
internal sealed class MergedConfig(ServiceConfig service, DefaultsConfig defaults)
{
    /// <summary>The service as written.</summary>
    public ServiceConfig Service => service;

    /// <summary>The value of a key, from the service or the defaults; null when neither has it.</summary>
    public Written<T>? Pick<T>(Func<DefaultsConfig, Written<T>?> key) => key(service) ?? key(defaults);

    /// <summary>The value of a key in [defaults]; null when it has none.</summary>
    public Written<T>? Inherited<T>(Func<DefaultsConfig, Written<T>?> key) => key(defaults);

    /// <summary>The value of a key, or the default when it is not written.</summary>
    public T Value<T>(Func<DefaultsConfig, Written<T>?> key, T otherwise) =>
        Pick(key) is { } written ? written.Value : otherwise;

    /// <summary>The variables of [defaults], then those of the service.</summary>
    public IEnumerable<Written<KeyValuePair<string, string>>> Environment()
    {
        ImmutableArray<Written<KeyValuePair<string, string>>> inherited = defaults.Environment?.Value ?? [];
        ImmutableArray<Written<KeyValuePair<string, string>>> own = service.Environment?.Value ?? [];
        return inherited.Concat(own);
    }

    /// <summary>One limit per resource, in the order of the resources' numbers.</summary>
    public IEnumerable<Written<ResourceLimit>> Limits()
    {
        foreach (Resource resource in Enum.GetValues<Resource>())
        {
            if ((service.Limits.GetValueOrDefault(resource) ?? defaults.Limits.GetValueOrDefault(resource)) is { } limit)
            {
                yield return limit;
            }
        }
    }

    /// <summary>The place to report a problem with a value: the value itself, or the service file if the value is inherited.</summary>
    public Place Blame<T>(Written<T> written) => written.Place.File == service.File ? written.Place : WholeFile;

    /// <summary>" (from [defaults], superd.toml:4:9)" for an inherited value; empty for the service's own.</summary>
    public string Origin<T>(Written<T> written) => written.Place.File == service.File ? "" : $" (from [defaults], {written.Place})";

    /// <summary>The service file as a whole.</summary>
    public Place WholeFile => new(service.File, SourceSpan.WholeFile);
}
