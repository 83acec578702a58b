using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>A list of clients: addresses, files of addresses, which may change at run time, and clients of Unix-domain sockets.</summary>
/// <param name="Prefixes">The addresses written in the list itself.</param>
/// <param name="Files">The files as they were when the configuration was read.</param>
internal sealed record AddressListDefinition(ValueArray<IpPrefix> Prefixes, ValueArray<AddressFile> Files)
{
    /// <summary>The effective uids of local users.</summary>
    public ValueArray<uint> Users { get; init; } = [];

    /// <summary>The gids of local groups; a client matches if it is a member of one of them.</summary>
    public ValueArray<uint> Groups { get; init; } = [];

    /// <summary>True: every local user matches.</summary>
    public bool HasEveryUser { get; init; }
}
