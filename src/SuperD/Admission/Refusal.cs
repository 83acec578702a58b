namespace SuperD.Admission;

/// <summary>Why a connection got no handler; each has a stable name for logs, status and metrics.</summary>
internal enum Refusal
{
    /// <summary>Not refused.</summary>
    None,

    /// <summary>All <c>instances</c> of the service are in use.</summary>
    Instances,

    /// <summary>The handler could not be launched; the step and the error stand beside it.</summary>
    Launch,

    /// <summary>The backend of a redirect service could not be reached; what was tried stands beside it.</summary>
    Backend,
}

internal static class RefusalNames
{
    public static string Name(this Refusal refusal) => refusal switch
    {
        Refusal.None => "none",
        Refusal.Instances => "instances",
        Refusal.Launch => "launch",
        Refusal.Backend => "backend",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
    };
}
