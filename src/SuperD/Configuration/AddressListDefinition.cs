using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>A list of who may come: addresses written in it, files of them, which may change while superd runs, and clients of Unix-domain sockets.</summary>
/// <param name="Files">Each as it was when the configuration was read.</param>
internal sealed record AddressListDefinition(ValueArray<IpPrefix> Prefixes, ValueArray<AddressFile> Files)
{
    /// <summary>Users of this machine, by their effective uid.</summary>
    public ValueArray<uint> Users { get; init; } = [];

    /// <summary>Groups of this machine: whoever is in one of them.</summary>
    public ValueArray<uint> Groups { get; init; } = [];

    /// <summary>True: every user of this machine.</summary>
    public bool HasEveryUser { get; init; }
}
