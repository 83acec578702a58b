using System.Text.Json.Serialization;
using SuperD.Configuration;

namespace SuperD.Relaying;

/// <summary>Why a relay ended; each reason except the normal end has a stable name for the record.</summary>
[JsonConverter(typeof(EnumByName<RelayEndReason>))]
internal enum RelayEndReason
{
    /// <summary>Both sides closed.</summary>
    Closed,

    /// <summary>The client's connection broke.</summary>
    ClientReset,

    /// <summary>The backend's connection broke; the client still received what it had sent.</summary>
    BackendReset,

    /// <summary>No byte moved for <c>idle_timeout</c>.</summary>
    IdleTimeout,

    /// <summary>superd exits.</summary>
    Shutdown,

    /// <summary>An operator ended it: <c>superd end</c>.</summary>
    Operator,
}

/// <summary>How a relay ended.</summary>
/// <param name="BytesIn">Bytes from the client that the backend received.</param>
/// <param name="BytesOut">Bytes from the backend that the client received.</param>
internal readonly record struct RelayEnd(RelayEndReason Reason, long DurationMs, long BytesIn, long BytesOut)
{
    /// <summary>The reason in the record; null for the normal end, which needs none.</summary>
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
