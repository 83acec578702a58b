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

    /// <summary>It was admitted, but did not take the texts superd had for it before the handler, or went away.</summary>
    Banner,

    /// <summary>A client of a tcpmux service asked for a service there is not, or that does not want to be asked for.</summary>
    UnknownService,

    /// <summary>A client of a tcpmux service did not say in time which service it wants.</summary>
    Request,
}

internal static class RefusalNames
{
    public static string Name(this Refusal refusal) => refusal switch
    {
        Refusal.None => "none",
        Refusal.Instances => "instances",
        Refusal.Launch => "launch",
        Refusal.Banner => "banner",
        Refusal.UnknownService => "unknown_service",
        Refusal.Request => "request",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
    };
}
