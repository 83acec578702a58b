namespace SuperD.Configuration.Rules;

/// <summary>The rules of udp:// addresses: the number of peers, their idle time, and keys without meaning for datagrams.</summary>
internal static class DatagramRules
{
    private static readonly string[] s_connectionKeys =
        ["redirect", "proxy_in", "check_from", "tcpmux", "banner", "banner_success", "banner_fail"];

    /// <summary>True when each peer's datagrams go to its own handler: UDP without wait and with a program.</summary>
    public static bool IsPerPeer(MergedConfig config) =>
        config.Service is { Wait: not { Value: true }, Redirect: null, Sensor: null } service
        && !service.MayMention("builtin")
        && IsDatagrams(config);

    /// <summary>True when an address of listen is UDP.</summary>
    public static bool IsDatagrams(MergedConfig config) => Has(config, Transport.Udp);

    /// <summary>Rejects a sensor over UDP: it would punish the owner of a forged sender address.</summary>
    public static void CheckSensor(MergedConfig config, LoadContext context)
    {
        if (IsDatagrams(config) && config.Service.Sensor is { } sensor)
        {
            context.Problems.Error(
                sensor.Place,
                "sensor has no meaning over UDP: a datagram's sender is easily made up, and anybody could have others refused; "
                + "listen over TCP");
        }
    }

    /// <summary>Rejects limits per source that have no meaning for datagrams.</summary>
    public static void CheckAdmission(MergedConfig config, LoadContext context)
    {
        if (!IsDatagrams(config))
        {
            return;
        }

        if (config.Service is { Penalty: { } penalty, Builtin: null })
        {
            context.Problems.Error(
                penalty.Place,
                "penalty has no meaning over UDP: a datagram's sender is easily made up, and anybody could have others refused; "
                + "delete the line");
        }

        if (config.Service.Wait is { Value: true } && config.Service.PerSource is { } perSource)
        {
            context.Problems.Error(perSource.Place, "per_source has no meaning with wait = true: one program serves all; delete the line");
        }
    }

    /// <summary>The most peers at once. A received datagram cannot be left in the sender's queue, so peers never wait.</summary>
    public static (int? Instances, WhenFull WhenFull) ResolveInstances(MergedConfig config, LoadContext context)
    {
        if (config.Service.WhenFull is { Value: WhenFull.Queue } queue)
        {
            context.Problems.Error(
                queue.Place,
                "when_full = \"queue\" has no meaning over UDP: a datagram beyond instances is refused, and its sender sends it again; "
                + "delete the line");
        }

        // A queue in [defaults] is for the other services.
        return (config.Value(keys => keys.Instances, ServiceDefinition.DefaultPeers), WhenFull.Refuse);
    }

    /// <summary>Checks the privilege that peers' sockets need, and reports keys without effect for these addresses.</summary>
    public static void Check(MergedConfig config, LoadContext context)
    {
        ServiceConfig service = config.Service;
        if (service.Listen is not { } listen)
        {
            return;
        }

        if (IsDatagrams(config) && service.Sensor is null)
        {
            foreach ((string key, Place place) in service.WrittenKeys.Where(written => s_connectionKeys.Contains(written.Key)))
            {
                context.Problems.Error(place, $"{key} has no meaning over UDP: there are datagrams, and no connections; delete the line");
            }
        }

        if (IsPerPeer(config) && !context.Host.Has(Capability.NetRaw))
        {
            context.Problems.Error(
                listen.Place,
                $"udp:// without wait needs root or CAP_NET_RAW: superd runs as {context.OwnUser()}, and the first datagram of each peer "
                + "is put, with its sender's address, into a socket of the peer's own; "
                + $"{context.HowToBeAllowed}, or write wait = true");
        }

        bool tcp = Has(config, Transport.Tcp);
        WarnWithout(tcp, service.NoDelay, "nodelay has no effect: no address of listen is TCP", context);
        WarnWithout(tcp, service.KeepAlive, "keepalive has no effect: no address of listen is TCP", context);
        WarnWithout(
            tcp || service.Redirect is not null, service.UserTimeout, "user_timeout has no effect: no address of listen is TCP", context);
        WarnWithout(
            !Has(config, Transport.Udp),
            service.Backlog,
            "backlog has no effect: datagrams wait in the socket's buffer, not in a queue of connections",
            context);
    }

    private static bool Has(MergedConfig config, Transport transport) =>
        config.Service.Listen?.Value.Any(address => address.Value.Transport == transport) ?? false;

    private static void WarnWithout<T>(bool hasEffect, Written<T>? written, string message, LoadContext context)
    {
        if (!hasEffect && written is not null)
        {
            context.Problems.Warning(written.Place, $"{message}; delete the line");
        }
    }
}
