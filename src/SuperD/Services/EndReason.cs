namespace SuperD.Services;

/// <summary>Why superd ended a handler. The names are stable: they stand in the log.</summary>
internal enum EndReason
{
    /// <summary>It did not: the handler ended by itself.</summary>
    None,

    /// <summary>It ran longer than <c>run_timeout</c>.</summary>
    RunTimeout,

    /// <summary>The client sent nothing within <c>first_byte_timeout</c>.</summary>
    FirstByteTimeout,

    /// <summary>Nothing went either way for <c>idle_timeout</c>.</summary>
    IdleTimeout,

    /// <summary>The client has reset the connection, or both directions are closed.</summary>
    ClientGone,

    /// <summary>superd ends.</summary>
    Shutdown,

    /// <summary>Somebody said so at the console: <c>superd end</c>.</summary>
    Operator,

    /// <summary>It kept superd's loop waiting for a socket or a pipe that both have.</summary>
    HeldLoop,
}

internal static class EndReasonNames
{
    /// <summary>The log's word for it; null where superd had none.</summary>
    public static string? Name(this EndReason reason) => reason switch
    {
        EndReason.None => null,
        EndReason.RunTimeout => "run_timeout",
        EndReason.FirstByteTimeout => "first_byte_timeout",
        EndReason.IdleTimeout => "idle_timeout",
        EndReason.ClientGone => "client_gone",
        EndReason.Shutdown => "shutdown",
        EndReason.Operator => "operator",
        EndReason.HeldLoop => "held_loop",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    /// <summary>Whether the handler had its time: what the <c>timeout</c> of a penalty is for.</summary>
    public static bool IsTimeout(this EndReason reason) => reason is EndReason.RunTimeout or EndReason.FirstByteTimeout or EndReason.IdleTimeout;
}
