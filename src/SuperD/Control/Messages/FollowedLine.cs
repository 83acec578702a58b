namespace SuperD.Control.Messages;

/// <summary>A line that a follower of the log gets, as far as it is shown to people; or how many were lost there.</summary>
internal sealed record FollowedLine
{
    public string? Time { get; init; }

    public string? Level { get; init; }

    public string? Message { get; init; }

    /// <summary>Not null: so many lines came faster than they were read.</summary>
    public long? Dropped { get; init; }
}
