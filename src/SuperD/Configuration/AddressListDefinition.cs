using System.Collections.Immutable;

namespace SuperD.Configuration;

/// <summary>A list of addresses: those written in it, and files of them, which may change while superd runs.</summary>
/// <param name="Files">Each as it was when the configuration was read.</param>
internal sealed record AddressListDefinition(ImmutableArray<IpPrefix> Prefixes, ImmutableArray<AddressFile> Files);
