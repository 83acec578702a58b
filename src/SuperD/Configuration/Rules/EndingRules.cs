namespace SuperD.Configuration.Rules;

/// <summary>How a service's connections and processes come to their ends.</summary>
internal static class EndingRules
{
    /// <summary>The definition with everything about its connections' ends.</summary>
    public static ServiceDefinition Apply(ServiceDefinition definition, MergedConfig config, LoadContext context)
    {
        TimeSpan? idle = Positive(config, config.Pick(keys => keys.IdleTimeout), "idle_timeout", context);
        TimeSpan? firstByte = Positive(config, config.Pick(keys => keys.FirstByteTimeout), "first_byte_timeout", context);
        CloseMode close = config.Value(keys => keys.Close, CloseMode.Graceful);
        if (definition.Redirect is null && definition.Wait)
        {
            RefuseUnseen(config.Service, "the program of a wait service accepts its clients itself, and superd does not see them", context);
        }
        else if (definition.Redirect is null && close == CloseMode.Immediate)
        {
            RefuseUnseen(config.Service, "with close = \"immediate\" superd keeps nothing of the connection it could look at", context);
        }

        return definition with
        {
            RunTimeout = Positive(config, config.Pick(keys => keys.RunTimeout), "run_timeout", context),
            FirstByteTimeout = firstByte,
            IdleTimeout = idle,
            EndsOrphans = config.Value(keys => keys.Orphans, definition.Wait ? OrphanMode.Keep : OrphanMode.Kill) == OrphanMode.Kill,
            Close = close,
        };
    }

    /// <summary>A limit of time; null when none was written. One of 0 is an error.</summary>
    public static TimeSpan? Positive(MergedConfig config, Written<TimeSpan>? time, string key, LoadContext context)
    {
        if (time is { Value.Ticks: 0 })
        {
            context.Problems.Error(config.Blame(time), $"{key}{config.Origin(time)} must be longer than 0s, or no connection could live; delete the line for the default");
        }

        return time?.Value;
    }

    private static void RefuseUnseen(ServiceConfig service, string why, LoadContext context)
    {
        foreach ((string key, Place place) in service.WrittenKeys.Where(written => written.Key is "idle_timeout" or "first_byte_timeout"))
        {
            context.Problems.Error(place, $"{key} cannot be kept here: {why}; delete the line, or use run_timeout");
        }
    }
}
