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
}

internal static class RefusalNames
{
    public static string Name(this Refusal refusal) => refusal switch
    {
        Refusal.None => "none",
        Refusal.Instances => "instances",
        Refusal.Launch => "launch",
        Refusal.Banner => "banner",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
    };
}
