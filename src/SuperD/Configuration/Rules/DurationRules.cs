namespace SuperD.Configuration.Rules;

/// <summary>The rules of time limits of a connection.</summary>
internal static class DurationRules
{
    /// <summary>The time as written; 0s is an error.</summary>
    public static TimeSpan? Positive(MergedConfig config, Written<TimeSpan>? time, string key, LoadContext context)
    {
        if (time is { Value.Ticks: 0 })
        {
            context.Problems.Error(
                config.Blame(time),
                $"{key}{config.Origin(time)} must be longer than 0s, or no connection could live; delete the line for the default");
        }

        return time?.Value;
    }
}
