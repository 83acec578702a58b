using SuperD.Configuration;

namespace SuperD.Admission;

/// <summary>A source from one service's point of view.</summary>
/// <param name="Prefix">The source's prefix as a number, IPv4 in its IPv4-mapped form, which no IPv6 client has; or a user id.</param>
/// <param name="Owner">The number of the service.</param>
internal readonly record struct SourceKey(UInt128 Prefix, int Owner)
{
    /// <summary>A user of this machine, as an address in a reserved range, which no IPv6 client has either.</summary>
    public static SourceKey OfUser(uint userId, int owner) => new(userId | ((UInt128)0xFFFE << 32), owner);

    /// <summary>A prefix.</summary>
    public static SourceKey Of(IpPrefix source, int owner) =>
        new(source.IsV6 ? source.Address : source.Address | ((UInt128)0xFFFF << 32), owner);
}
