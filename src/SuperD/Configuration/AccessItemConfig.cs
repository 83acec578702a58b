namespace SuperD.Configuration;

/// <summary>One item of <c>only_from</c>, <c>no_access</c> or a list of exempt addresses, as written.</summary>
/// <param name="Prefix">The addresses; meaningless when another member is set.</param>
/// <param name="File">A file of addresses, relative to the configuration file; null for an address.</param>
internal sealed record AccessItemConfig(IpPrefix Prefix, string? File)
{
    /// <summary>Clients of a Unix-domain socket; null for addresses.</summary>
    public LocalClientConfig? Local { get; init; }
}
