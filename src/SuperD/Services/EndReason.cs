using System.Text.Json.Serialization;
using SuperD.Configuration;

namespace SuperD.Services;

/// <summary>Why superd, or the kernel for a limit, ended a handler. The names are stable, because they are in the log.</summary>
[JsonConverter(typeof(EnumByName<EndReason>))]
internal enum EndReason
{
    /// <summary>superd did not: the handler ended by itself.</summary>
    None,

    /// <summary>It ran longer than <c>run_timeout</c>.</summary>
    RunTimeout,

    /// <summary>The client sent nothing within <c>first_byte_timeout</c>.</summary>
    FirstByteTimeout,

    /// <summary>No byte moved in either direction for <c>idle_timeout</c>.</summary>
    IdleTimeout,

    /// <summary>The client has reset the connection, or both directions are closed.</summary>
    ClientGone,

    /// <summary>superd exits.</summary>
    Shutdown,

    /// <summary>An operator ended it: <c>superd end</c>.</summary>
    Operator,

    /// <summary>It blocked superd's loop on a socket or pipe that both have open.</summary>
    HeldLoop,

    /// <summary>The kernel killed processes of it, because a limit of memory was reached.</summary>
    Memory,
}

/// <summary>The stable names of these reasons.</summary>
internal static class EndReasonNames
{
    /// <summary>The name of <see cref="EndReason.Memory"/>.</summary>
    public const string MemoryName = "memory";

    /// <summary>The name in the log; null for <see cref="EndReason.None"/>.</summary>
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
        EndReason.Memory => MemoryName,
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    /// <summary>Whether the handler's time ran out, which the <c>timeout</c> of a penalty charges.</summary>
    public static bool IsTimeout(this EndReason reason) =>
        reason is EndReason.RunTimeout or EndReason.FirstByteTimeout or EndReason.IdleTimeout;
}
