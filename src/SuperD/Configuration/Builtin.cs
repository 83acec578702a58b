namespace SuperD.Configuration;

/// <summary>The services superd has in itself, with nothing to launch. Key <c>builtin</c>.</summary>
internal enum Builtin
{
    /// <summary>RFC 862: what comes goes back.</summary>
    Echo,

    /// <summary>RFC 863: what comes is thrown away.</summary>
    Discard,

    /// <summary>RFC 867: date and time as a line.</summary>
    Daytime,

    /// <summary>RFC 868: the seconds since 1900 as 32 bits.</summary>
    Time,

    /// <summary>RFC 864: lines of characters without end.</summary>
    Chargen,

    /// <summary>RFC 865: a saying, another one each day.</summary>
    Qotd,

    /// <summary>superd's services and their states, one per line.</summary>
    Status,

    /// <summary>RFC 1078: one port for all services that have <c>tcpmux = true</c>.</summary>
    TcpMux,
}
