namespace SuperD.Configuration;

/// <summary>How a redirect service relays its connections, instead of launching a program.</summary>
internal sealed record RedirectDefinition
{
    /// <summary>The target. Key <c>redirect</c>.</summary>
    public required Backend Backend { get; init; }

    /// <summary>The timeout for the connection to the backend, including the name lookup. Key <c>connect_timeout</c>.</summary>
    public TimeSpan ConnectTimeout { get; init; } = DefaultConnectTimeout;

    /// <summary>The version of the PROXY header sent to the backend; null = none. Key <c>proxy_out</c>.</summary>
    public ProxyVersion? ProxyOut { get; init; }

    /// <summary>Enough for a SYN that is lost twice (1 s, then 2 s) and for a slow name server.</summary>
    public static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(10);
}

/// <summary>The versions of the PROXY protocol's header.</summary>
internal enum ProxyVersion
{
    /// <summary>One line of text.</summary>
    V1,

    /// <summary>Binary, with a checksum.</summary>
    V2,
}
