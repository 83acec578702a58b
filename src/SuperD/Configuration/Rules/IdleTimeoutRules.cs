namespace SuperD.Configuration.Rules;

/// <summary>idle_timeout: for the services superd can see the silence of: those whose bytes pass through superd itself, and peers of datagrams.</summary>
internal static class IdleTimeoutRules
{
    /// <summary>Null = no limit.</summary>
    public static TimeSpan? Resolve(MergedConfig config, LoadContext context)
    {
        ServiceConfig service = config.Service;
        bool isConnections = !DatagramRules.IsDatagrams(config) && (service.Redirect is not null || service.Builtin is not null);
        bool isPeers = DatagramRules.IsPerPeer(config);
        if (isConnections || isPeers)
        {
            TimeSpan? written = DurationRules.Positive(config, config.Pick(keys => keys.IdleTimeout), "idle_timeout", context);
            return written ?? (isPeers ? ServiceDefinition.DefaultPeerIdleTimeout : null);
        }

        // What [defaults] says is for the other services; beside a builtin over UDP, its own rule has said so.
        bool mayBeSeen = service.MayMention("redirect") || service.MayMention("builtin") || service.Sensor is not null || service.Listen is null;
        foreach ((_, Place place) in service.WrittenKeys.Where(written => written.Key == "idle_timeout" && !mayBeSeen))
        {
            context.Problems.Error(place, "idle_timeout has no meaning here: superd sees the silence of redirect, of builtin, and of peers over UDP without wait; delete the line");
        }

        return null;
    }
}
