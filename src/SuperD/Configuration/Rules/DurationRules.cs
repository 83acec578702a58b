namespace SuperD.Configuration.Rules;

/// <summary>What holds for times that limit a connection.</summary>
internal static class DurationRules
{
    /// <summary>The time as written; one of 0s is reported.</summary>
    public static TimeSpan? Positive(MergedConfig config, Written<TimeSpan>? time, string key, LoadContext context)
    {
        if (time is { Value.Ticks: 0 })
        {
            context.Problems.Error(config.Blame(time), $"{key}{config.Origin(time)} must be longer than 0s, or no connection could live; delete the line for the default");
        }

        return time?.Value;
    }
}
