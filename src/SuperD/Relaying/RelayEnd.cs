namespace SuperD.Relaying;

/// <summary>Why a relay ended; each but the normal end has a stable name for the record.</summary>
internal enum RelayEndReason
{
    /// <summary>Both sides had said all they had to say.</summary>
    Closed,

    /// <summary>The client broke off.</summary>
    ClientReset,

    /// <summary>The backend broke off; what it had sent was still delivered.</summary>
    BackendReset,

    /// <summary>No byte moved for <c>idle_timeout</c>.</summary>
    IdleTimeout,

    /// <summary>superd ends.</summary>
    Shutdown,

    /// <summary>Somebody said so at the console: <c>superd end</c>.</summary>
    Operator,
}

/// <summary>How a relay ended.</summary>
/// <param name="BytesIn">Bytes of the client that the backend got.</param>
/// <param name="BytesOut">Bytes of the backend that the client got.</param>
internal readonly record struct RelayEnd(RelayEndReason Reason, long DurationMs, long BytesIn, long BytesOut)
{
    /// <summary>The reason as the record shows it; null for the normal end, which needs none.</summary>
    public string? ReasonName => Reason switch
    {
        RelayEndReason.Closed => null,
        RelayEndReason.ClientReset => "client_reset",
        RelayEndReason.BackendReset => "backend_reset",
        RelayEndReason.IdleTimeout => "idle_timeout",
        RelayEndReason.Operator => "operator",
        _ => "shutdown",
    };
}
