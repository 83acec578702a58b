using System.Collections.Immutable;
using SuperD.Configuration;

namespace SuperD.Reloading;

/// <summary>What differs between the configuration in force and the one just read. Immutable; any thread.</summary>
/// <remarks>
/// Services are identified by their names. A disabled service counts as absent. An equal definition stays the same object, to save memory.
/// </remarks>
/// <param name="Server">The configuration that will be in force: the one just read, except for the keys that need a restart.</param>
/// <param name="Removed">The removed services, as they are now.</param>
/// <param name="Kept">How many services do not change.</param>
/// <param name="KeysForRestart">Keys that were changed and need a restart.</param>
/// <param name="AddressFiles">All files of addresses that will be in use.</param>
/// <param name="Banners">All texts for clients that will be in use.</param>
internal sealed record ReloadPlan(
    ServerDefinition Server,
    ImmutableArray<ServiceDefinition> Added,
    ImmutableArray<ServiceDefinition> Changed,
    ImmutableArray<ServiceDefinition> Removed,
    int Kept,
    ImmutableArray<string> KeysForRestart,
    IReadOnlySet<string> AddressFiles,
    IReadOnlySet<BannerDefinition> Banners)
{
    public static ReloadPlan Between(ServerDefinition running, ServerDefinition read)
    {
        Dictionary<string, ServiceDefinition> before = running.Services
            .Where(service => service.Enabled)
            .ToDictionary(service => service.Name, StringComparer.Ordinal);
        var added = ImmutableArray.CreateBuilder<ServiceDefinition>();
        var changed = ImmutableArray.CreateBuilder<ServiceDefinition>();
        var services = ImmutableArray.CreateBuilder<ServiceDefinition>(read.Services.Length);
        int kept = 0;
        foreach (ServiceDefinition service in read.Services)
        {
            bool isRunning = before.Remove(service.Name, out ServiceDefinition? old) && service.Enabled;
            bool isKept = isRunning && old == service;
            services.Add(isKept ? old! : service); // a kept service has an old definition
            if (isKept)
            {
                kept++;
            }
            else if (service.Enabled)
            {
                (isRunning ? changed : added).Add(service);
            }
        }

        (ServerDefinition server, ImmutableArray<string> keys) =
            WithoutKeysForRestart(running, read with { Services = services.ToImmutable() });
        ServiceDefinition[] enabled = [.. server.Services.Where(service => service.Enabled)];
        HashSet<string> files = [.. enabled.SelectMany(service => FilesOf(service.Admission)).Select(file => file.Path)];
        HashSet<BannerDefinition> banners = [.. enabled.SelectMany(BannersOf)];
        HashSet<string> staying = [.. enabled.Select(service => service.Name)];
        ServiceDefinition[] removed = [.. running.Services.Where(service => service.Enabled && !staying.Contains(service.Name))];
        return new ReloadPlan(server, added.ToImmutable(), changed.ToImmutable(), [.. removed], kept, keys, files, banners);
    }

    private static (ServerDefinition Server, ImmutableArray<string> Keys) WithoutKeysForRestart(
        ServerDefinition running, ServerDefinition read)
    {
        (string Key, bool IsChanged)[] keys =
        [
            ("log.format", running.LogFormat != read.LogFormat),
            ("log.target", running.LogTarget != read.LogTarget),
            ("control.enabled", running.Control.Enabled != read.Control.Enabled),
            ("control.socket", running.Control.Socket != read.Control.Socket),
        ];
        ServerDefinition server = read with
        {
            LogFormat = running.LogFormat,
            LogTarget = running.LogTarget,
            Control = read.Control with { Enabled = running.Control.Enabled, Socket = running.Control.Socket },
        };
        return (server, [.. keys.Where(key => key.IsChanged).Select(key => key.Key)]);
    }

    private static IEnumerable<BannerDefinition> BannersOf(ServiceDefinition service) =>
        ((BannerDefinition?[])[service.Banner, service.BannerSuccess, service.BannerFail]).OfType<BannerDefinition>();

    private static IEnumerable<AddressFile> FilesOf(AdmissionDefinition admission) =>
        ((AddressListDefinition?[])
        [
            admission.ProxyIn,
            admission.OnlyFrom,
            admission.NoAccess,
            admission.CheckFrom,
            admission.Penalty?.Exempt,
            admission.Sensor?.Exempt,
            admission.Reserve?.From,
            .. admission.Match,
        ])
            .SelectMany(list => list?.Files ?? []);
}
