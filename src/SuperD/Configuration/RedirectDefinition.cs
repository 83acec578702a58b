namespace SuperD.Configuration;

/// <summary>What a redirect service does instead of launching a program: it relays to a backend.</summary>
internal sealed record RedirectDefinition
{
    /// <summary>Where to. Key <c>redirect</c>.</summary>
    public required Backend Backend { get; init; }

    /// <summary>Longest time until the backend answers, looking its name up included. Key <c>connect_timeout</c>.</summary>
    public TimeSpan ConnectTimeout { get; init; } = DefaultConnectTimeout;

    /// <summary>The PROXY protocol's version in which the backend is told who came; null = it is not told. Key <c>proxy_out</c>.</summary>
    public ProxyVersion? ProxyOut { get; init; }

    /// <summary>Long enough for a SYN that is lost twice (1 s, then 2 s), and for a slow name server.</summary>
    public static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(10);
}

/// <summary>The two forms of the PROXY protocol's header.</summary>
internal enum ProxyVersion
{
    /// <summary>One line of text.</summary>
    V1,

    /// <summary>Binary, with a checksum.</summary>
    V2,
}
