namespace SuperD.Control.Messages;

/// <summary>A line that a follower of the log gets, with the fields that are shown; or the number of lines that were dropped.</summary>
internal sealed record FollowedLine
{
    public string? Time { get; init; }

    public string? Level { get; init; }

    public string? Message { get; init; }

    /// <summary>Not null when lines came faster than the client read them: how many were dropped.</summary>
    public long? Dropped { get; init; }
}
