namespace SuperD.Configuration.Rules;

/// <summary>idle_timeout: for the services superd can see the silence of, those whose bytes pass through superd itself.</summary>
internal static class IdleTimeoutRules
{
    /// <summary>Null = no limit.</summary>
    public static TimeSpan? Resolve(MergedConfig config, LoadContext context)
    {
        ServiceConfig service = config.Service;
        if (service.Redirect is not null || (service.Builtin is not null && service.BuiltinUdp is not { Value: true }))
        {
            return DurationRules.Positive(config, config.Pick(keys => keys.IdleTimeout), "idle_timeout", context);
        }

        // What [defaults] says is for the other services; beside a builtin over UDP, its own rule has said so.
        bool mayBeSeen = service.MayMention("redirect") || service.MayMention("builtin") || service.Sensor is not null;
        foreach ((_, Place place) in service.WrittenKeys.Where(written => written.Key == "idle_timeout" && !mayBeSeen))
        {
            context.Problems.Error(place, "idle_timeout has no meaning without redirect or builtin: superd does not see the bytes; delete the line");
        }

        return null;
    }
}
