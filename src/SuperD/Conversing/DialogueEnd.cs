using System.Text.Json.Serialization;
using SuperD.Configuration;

namespace SuperD.Conversing;

/// <summary>Why a conversation ended.</summary>
[JsonConverter(typeof(EnumByName<DialogueEnd>))]
internal enum DialogueEnd
{
    /// <summary>Everything was sent and read as intended.</summary>
    Done,

    /// <summary>The client has gone, or its connection broke.</summary>
    Gone,

    /// <summary>The client did not read or send in time.</summary>
    Deadline,

    /// <summary>No byte moved for the service's <c>idle_timeout</c>.</summary>
    IdleTimeout,

    /// <summary>superd exits.</summary>
    Shutdown,

    /// <summary>An operator ended it: <c>superd end</c>.</summary>
    Operator,

    /// <summary>The kernel has no memory to watch the connection (epoll_ctl(2): ENOMEM, ENOSPC).</summary>
    NoMemory,
}

/// <summary>The names of these ends.</summary>
internal static class DialogueEndNames
{
    /// <summary>The name in the log.</summary>
    public static string Name(this DialogueEnd end) => end switch
    {
        DialogueEnd.Done => "done",
        DialogueEnd.Gone => "gone",
        DialogueEnd.Deadline => "deadline",
        DialogueEnd.IdleTimeout => "idle_timeout",
        DialogueEnd.Shutdown => "shutdown",
        DialogueEnd.Operator => "operator",
        DialogueEnd.NoMemory => "no_memory",
        _ => throw new ArgumentOutOfRangeException(nameof(end), end, null),
    };
}
