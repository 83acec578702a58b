using System.Collections.Immutable;

namespace SuperD.Configuration.Rules;

/// <summary>The keys of admission: reads the address lists with their files and checks the keys against each other.</summary>
internal static class AdmissionRules
{
    /// <summary>The keys allowed beside <c>sensor</c>, which launches nothing and refuses everyone anyway.</summary>
    private static readonly string[] s_keysOfSensor =
    [
        "listen", "description", "enabled", "sensor", "source_prefix", "backlog", "v6only", "socket_mode", "socket_owner",
    ];

    /// <summary>The admission rules of a service; problems are reported.</summary>
    public static AdmissionDefinition Resolve(MergedConfig config, LoadContext context)
    {
        ServiceConfig service = config.Service;
        var sourcePrefix = config.Value(keys => keys.SourcePrefix, SourcePrefix.Default);
        if (service.Sensor is { } sensor)
        {
            CheckKeysOfSensor(service, context);
            DatagramRules.CheckSensor(config, context);
            var definition = new SensorDefinition(sensor.Value.Time, Resolve(sensor.Value.Exempt, context));
            return new AdmissionDefinition { SourcePrefix = sourcePrefix, Sensor = definition };
        }

        WarnOfUseless(config, context);
        LocalClientRules.Check(config, context);
        DatagramRules.CheckAdmission(config, context);
        bool isWait = service.Wait is { Value: true };
        bool isDatagrams = DatagramRules.IsDatagrams(config);
        bool seesPeers = !isWait || isDatagrams;
        if (!seesPeers)
        {
            CheckKeysOfWait(config, context);
        }

        return new AdmissionDefinition
        {
            ProxyIn = ResolveProxies(service, context),
            CheckFrom = !isWait && !isDatagrams ? ResolveList(config.Pick(keys => keys.CheckFrom), context) : null,
            OnlyFrom = ResolveList(config.Pick(keys => keys.OnlyFrom), context),
            NoAccess = ResolveList(config.Pick(keys => keys.NoAccess), context),
            AccessTimes = ResolveTimes(config),
            MaxLoad = config.Pick(keys => keys.MaxLoad)?.Value,
            PerSource = !isWait ? config.Pick(keys => keys.PerSource)?.Value : null,
            SourcePrefix = sourcePrefix,
            Rate = config.Pick(keys => keys.Rate)?.Value,
            PerSourceRate = seesPeers ? config.Pick(keys => keys.PerSourceRate)?.Value : null,
            Penalty = !isWait && !isDatagrams ? ResolvePenalty(config.Pick(keys => keys.Penalty), context) : null,
            Match = [.. (service.Match?.Value ?? []).Select(rule => Resolve(rule.Value.From?.Value ?? [], context))],
        };
    }

    /// <summary>Reports problems of the defaults themselves, even if no service inherits them.</summary>
    public static void CheckDefaults(DefaultsConfig defaults, LoadContext context)
    {
        ResolveList(defaults.OnlyFrom, context);
        ResolveList(defaults.NoAccess, context);
        ResolveList(defaults.CheckFrom, context);
        ResolvePenalty(defaults.Penalty, context);
        _ = Resolve(defaults.Reserve?.Value.From ?? [], context);
    }

    private static AddressListDefinition? ResolveProxies(ServiceConfig service, LoadContext context)
    {
        if (service.ProxyIn is { Value.IsEmpty: true } empty)
        {
            context.Problems.Error(empty.Place, "proxy_in holds no address, so nobody could connect; name the proxies, or delete the line");
        }

        return ResolveList(service.ProxyIn, context);
    }

    private static AddressListDefinition? ResolveList(
        Written<ImmutableArray<Written<AccessItemConfig>>>? list,
        LoadContext context) => list is null ? null : Resolve(list.Value, context);

    /// <summary>Reads the files of a list. A missing or bad file is an error: a list without it would admit the wrong clients.</summary>
    public static AddressListDefinition Resolve(ImmutableArray<Written<AccessItemConfig>> items, LoadContext context)
    {
        var prefixes = ImmutableArray.CreateBuilder<IpPrefix>();
        var files = ImmutableArray.CreateBuilder<AddressFile>();
        LocalClients local = LocalClientRules.Resolve(items, context);
        foreach (Written<AccessItemConfig> item in items)
        {
            if (item.Value.Local is not null)
            {
                continue;
            }

            if (item.Value.File is not { } name)
            {
                prefixes.Add(item.Value.Prefix);
            }
            else if (ExecRules.Absolute(new Written<string>(name, item.Place)) is var path && context.ReadAddressFile(path) is { } file)
            {
                files.Add(file);
            }
            else
            {
                string? near = Path.Exists(path) ? null : context.Files.Find("", path, File.Exists);
                string advice = Unexpanded.Of(name, context.HomeOf(user: null), context.Host) is { } unexpanded
                    ? unexpanded.Advice(home => Wording.QuoteWhole("@" + home))
                    : near is not null
                        ? $"did you mean {Wording.QuoteWhole("@" + name[..(name.LastIndexOf('/') + 1)] + Path.GetFileName(near))}?"
                        : "repair that file, whose own errors are shown too, or remove it from the list";
                context.Problems.Error(item.Place, $"the addresses of {Wording.Quote("@" + name)} cannot be used; {advice}");
            }
        }

        return new AddressListDefinition(prefixes.ToImmutable(), files.ToImmutable())
        {
            Users = local.Users,
            Groups = local.Groups,
            HasEveryUser = local.HasEveryUser,
        };
    }

    private static AccessTimesDefinition? ResolveTimes(MergedConfig config) =>
        config.Pick(keys => keys.AccessTimes) is { } times
            ? new AccessTimesDefinition(
                [.. times.Value.Select(window => window.Value)],
                config.Value(keys => keys.TimeZone, TimeZoneInfo.Local))
            : null;

    private static PenaltyDefinition? ResolvePenalty(Written<PenaltyConfig>? written, LoadContext context)
    {
        if (written is null)
        {
            return null;
        }

        PenaltyConfig config = written.Value;
        var defaults = new PenaltyDefinition();
        TimeSpan min = config.Min ?? defaults.Min;
        TimeSpan max = config.Max ?? defaults.Max;
        if (min > max)
        {
            context.Problems.Error(
                written.Place,
                $"penalty.min, {Duration(min)}, is above penalty.max, {Duration(max)}: nobody would ever be refused; "
                + "lower min or raise max");
        }

        return defaults with
        {
            Signal = config.Signal ?? TimeSpan.Zero,
            Timeout = config.Timeout ?? TimeSpan.Zero,
            Exit = [.. defaults.Exit.Select((none, status) => config.Exit.GetValueOrDefault(status, none))],
            Min = min,
            Max = max,
            Exempt = config.Exempt is { } exempt ? Resolve(exempt, context) : null,
        };
    }

    private static string Duration(TimeSpan time) => $"\"{Values.Duration.ToText(time)}\"";

    private static void CheckKeysOfSensor(ServiceConfig service, LoadContext context)
    {
        foreach ((string key, Place place) in service.WrittenKeys.Where(written => !s_keysOfSensor.Contains(written.Key)))
        {
            context.Problems.Error(
                place,
                $"{key} has no meaning with sensor: a sensor launches nothing and refuses everybody; delete the line");
        }
    }

    /// <summary>Rejects keys that need the client's address: a wait handler accepts itself, unseen by superd.</summary>
    private static void CheckKeysOfWait(MergedConfig config, LoadContext context)
    {
        const string Why = "its program accepts for itself, and superd does not see who comes";
        ServiceConfig service = config.Service;
        (string Key, Place? Place)[] limits =
        [
            ("per_source", service.PerSource?.Place), ("source_prefix", service.SourcePrefix?.Place),
            ("per_source_rate", service.PerSourceRate?.Place), ("penalty", service.Penalty?.Place),
            ("proxy_in", service.ProxyIn?.Place), ("check_from", service.CheckFrom?.Place),
        ];
        foreach ((string key, Place? place) in limits)
        {
            if (place is { } own)
            {
                context.Problems.Error(own, $"{key} has no meaning with wait = true: {Why}; delete the line");
            }
        }

        // Unlike a limit, an access list that cannot be enforced is always an error, even if inherited.
        if (config.Pick(keys => keys.OnlyFrom) is { } onlyFrom && !LocalClientRules.IsEverybody(config, onlyFrom.Value))
        {
            context.Problems.Error(
                config.Blame(onlyFrom),
                $"only_from{config.Origin(onlyFrom)} cannot be kept with wait = true: {Why}; set wait = false, or, if everybody may come, "
                + $"write only_from = {LocalClientRules.EverybodyOf(config)}");
        }

        if (config.Pick(keys => keys.NoAccess) is { Value.Length: > 0 } noAccess)
        {
            context.Problems.Error(
                config.Blame(noAccess),
                $"no_access{config.Origin(noAccess)} cannot be kept with wait = true: {Why}; set wait = false, or write no_access = []");
        }
    }

    private static void WarnOfUseless(MergedConfig config, LoadContext context)
    {
        ServiceConfig service = config.Service;
        if (service.TimeZone is { } zone && config.Pick(keys => keys.AccessTimes) is null)
        {
            context.Problems.Warning(zone.Place, "time_zone has no effect without access_times; delete the line");
        }

        bool countsSources = config.Pick(keys => keys.PerSource) is not null
            || config.Pick(keys => keys.PerSourceRate) is not null
            || config.Pick(keys => keys.Penalty) is not null;
        if (service.SourcePrefix is { } prefix && !countsSources && service.Wait is not { Value: true })
        {
            context.Problems.Warning(
                prefix.Place,
                "source_prefix has no effect without per_source, per_source_rate or penalty; delete the line");
        }
    }
}
