using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>A service as written, over the defaults as written: the service's own value where there is one.</summary>
/// <remarks>env is merged name by name and rlimit resource by resource; any other key replaces the default as a whole.</remarks>
internal sealed class MergedConfig(ServiceConfig service, DefaultsConfig defaults)
{
    public ServiceConfig Service => service;

    public Written<T>? Pick<T>(Func<DefaultsConfig, Written<T>?> key) => key(service) ?? key(defaults);

    public T Value<T>(Func<DefaultsConfig, Written<T>?> key, T otherwise) => Pick(key) is { } written ? written.Value : otherwise;

    /// <summary>Variables of [defaults], then those of the service.</summary>
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

    /// <summary>Where to report a problem of this service that involves a value: at the value, or, if it is inherited, at the service file.</summary>
    public Place Blame<T>(Written<T> written) => written.Place.File == service.File ? written.Place : WholeFile;

    /// <summary>" (from [defaults], superd.toml:4:9)" behind the mention of an inherited value; nothing behind the service's own.</summary>
    public string Origin<T>(Written<T> written) => written.Place.File == service.File ? "" : $" (from [defaults], {written.Place})";

    public Place WholeFile => new(service.File, SourceSpan.WholeFile);
}
