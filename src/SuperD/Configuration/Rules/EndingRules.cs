namespace SuperD.Configuration.Rules;

/// <summary>How a service's connections and processes end.</summary>
internal static class EndingRules
{
    /// <summary>Completes the definition with the keys about the end of connections.</summary>
    public static ServiceDefinition Apply(ServiceDefinition definition, MergedConfig config, LoadContext context)
    {
        // Values in [defaults] are for services with connections. A datagram service's own wrong keys are reported below.
        bool isPeers = DatagramRules.IsPerPeer(config);
        bool isIdle = isPeers || !DatagramRules.IsDatagrams(config);
        TimeSpan? idle = isIdle ? DurationRules.Positive(config, config.Pick(keys => keys.IdleTimeout), "idle_timeout", context) : null;
        TimeSpan? firstByte = DurationRules.Positive(config, config.Pick(keys => keys.FirstByteTimeout), "first_byte_timeout", context);
        TimeSpan? gone = DurationRules.Positive(config, config.Pick(keys => keys.GoneTimeout), "gone_timeout", context);
        CloseMode close = config.Value(keys => keys.Close, CloseMode.Graceful);
        if (config.Service.Exec is not null && definition.Wait)
        {
            RefuseUnseen(
                config.Service,
                ["idle_timeout", "first_byte_timeout", "gone_timeout"],
                "the program of a wait service receives its clients itself, and superd does not see them",
                context);
        }
        else if (config.Service.Exec is not null && isPeers)
        {
            RefuseUnseen(config.Service, ["first_byte_timeout"], "over UDP the first datagram is what starts the program", context);
            RefuseUnseen(config.Service, ["gone_timeout"], "a UDP peer does not say that it leaves", context);
        }
        else if (config.Service.Exec is not null && close == CloseMode.Immediate)
        {
            RefuseUnseen(
                config.Service,
                ["idle_timeout", "first_byte_timeout", "gone_timeout"],
                "with close = \"immediate\" superd keeps no descriptor of the connection to watch",
                context);
        }
        else if (config.Service.Exec is not null && definition.Listen.Any(address => address.Transport == Transport.Unix))
        {
            RefuseUnseen(
                config.Service,
                ["idle_timeout", "first_byte_timeout"],
                "the kernel counts nothing on a Unix-domain socket",
                context);
        }

        return definition with
        {
            RunTimeout = DurationRules.Positive(config, config.Pick(keys => keys.RunTimeout), "run_timeout", context),
            FirstByteTimeout = firstByte,
            GoneTimeout = gone,
            IdleTimeout = idle ?? (isPeers ? ServiceDefinition.DefaultPeerIdleTimeout : null),
            EndsOrphans = config.Value(keys => keys.Orphans, definition.Wait ? OrphanMode.Keep : OrphanMode.Kill) == OrphanMode.Kill,
            Close = close,
        };
    }

    private static void RefuseUnseen(ServiceConfig service, string[] keys, string why, LoadContext context)
    {
        foreach ((string key, Place place) in service.WrittenKeys.Where(written => keys.Contains(written.Key)))
        {
            context.Problems.Error(place, $"{key} cannot be kept here: {why}; delete the line, or use run_timeout");
        }
    }
}
