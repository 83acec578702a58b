namespace SuperD.Configuration;

/// <summary>The services that superd implements itself, without launching a program. Key <c>builtin</c>.</summary>
internal enum Builtin
{
    /// <summary>RFC 862: returns what it receives.</summary>
    Echo,

    /// <summary>RFC 863: discards what it receives.</summary>
    Discard,

    /// <summary>RFC 867: date and time as a line.</summary>
    Daytime,

    /// <summary>RFC 868: the seconds since 1900 as 32 bits.</summary>
    Time,

    /// <summary>RFC 864: an endless stream of characters in lines.</summary>
    Chargen,

    /// <summary>RFC 865: a quotation, a different one each day.</summary>
    Qotd,

    /// <summary>superd's services and their states, one per line.</summary>
    Status,

    /// <summary>RFC 1078: one port for all services that have <c>tcpmux = true</c>.</summary>
    TcpMux,

    /// <summary>Whether superd lives and is ready, over HTTP.</summary>
    Health,

    /// <summary>superd's counters for Prometheus, over HTTP.</summary>
    Metrics,

    /// <summary>HAProxy's agent-check: whether a service takes clients, and how many.</summary>
    Agent,

    /// <summary>superd's own page, over HTTP. A process of its own serves it: <c>superd web</c>.</summary>
    Web,
}
