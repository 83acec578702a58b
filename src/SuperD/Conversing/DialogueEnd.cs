namespace SuperD.Conversing;

/// <summary>Why superd's own part in a connection is over.</summary>
internal enum DialogueEnd
{
    /// <summary>All was said and read as it should be.</summary>
    Done,

    /// <summary>The client has gone, or its connection broke.</summary>
    Gone,

    /// <summary>The client did not read, or did not say, what it should have in the time it had.</summary>
    Deadline,

    /// <summary>No byte moved for the service's <c>idle_timeout</c>.</summary>
    IdleTimeout,

    /// <summary>superd ends.</summary>
    Shutdown,

    /// <summary>The kernel has no memory to watch the connection (epoll_ctl(2): ENOMEM, ENOSPC).</summary>
    NoMemory,
}

internal static class DialogueEndNames
{
    /// <summary>The log's word for it.</summary>
    public static string Name(this DialogueEnd end) => end switch
    {
        DialogueEnd.Done => "done",
        DialogueEnd.Gone => "gone",
        DialogueEnd.Deadline => "deadline",
        DialogueEnd.IdleTimeout => "idle_timeout",
        DialogueEnd.Shutdown => "shutdown",
        DialogueEnd.NoMemory => "no_memory",
        _ => throw new ArgumentOutOfRangeException(nameof(end), end, null),
    };
}
