namespace SuperD.Configuration.Rules;

/// <summary>How a service's connections and processes come to their ends.</summary>
internal static class EndingRules
{
    /// <summary>The definition with everything about its connections' ends.</summary>
    public static ServiceDefinition Apply(ServiceDefinition definition, MergedConfig config, LoadContext context)
    {
        // Beside a builtin over UDP, its own rule has said no.
        bool isDatagram = config.Service.BuiltinUdp is { Value: true };
        TimeSpan? idle = isDatagram ? null : DurationRules.Positive(config, config.Pick(keys => keys.IdleTimeout), "idle_timeout", context);
        TimeSpan? firstByte = DurationRules.Positive(config, config.Pick(keys => keys.FirstByteTimeout), "first_byte_timeout", context);
        CloseMode close = config.Value(keys => keys.Close, CloseMode.Graceful);
        if (config.Service.Exec is not null && definition.Wait)
        {
            RefuseUnseen(config.Service, "the program of a wait service accepts its clients itself, and superd does not see them", context);
        }
        else if (config.Service.Exec is not null && close == CloseMode.Immediate)
        {
            RefuseUnseen(config.Service, "with close = \"immediate\" superd keeps nothing of the connection it could look at", context);
        }

        return definition with
        {
            RunTimeout = DurationRules.Positive(config, config.Pick(keys => keys.RunTimeout), "run_timeout", context),
            FirstByteTimeout = firstByte,
            IdleTimeout = idle,
            EndsOrphans = config.Value(keys => keys.Orphans, definition.Wait ? OrphanMode.Keep : OrphanMode.Kill) == OrphanMode.Kill,
            Close = close,
        };
    }

    private static void RefuseUnseen(ServiceConfig service, string why, LoadContext context)
    {
        foreach ((string key, Place place) in service.WrittenKeys.Where(written => written.Key is "idle_timeout" or "first_byte_timeout"))
        {
            context.Problems.Error(place, $"{key} cannot be kept here: {why}; delete the line, or use run_timeout");
        }
    }
}
