using SuperD.Configuration;

namespace SuperD.Admission;

/// <summary>A source as one service knows it.</summary>
/// <param name="Prefix">The source's addresses as one number: IPv4 in its IPv6 form, which no IPv6 client has; or a user's number.</param>
/// <param name="Owner">The number of the service.</param>
internal readonly record struct SourceKey(UInt128 Prefix, int Owner)
{
    /// <summary>A user of this machine, at an address that is reserved, so that no IPv6 client has it either.</summary>
    public static SourceKey OfUser(uint userId, int owner) => new(userId | ((UInt128)0xFFFE << 32), owner);

    public static SourceKey Of(IpPrefix source, int owner) => new(source.IsV6 ? source.Address : source.Address | ((UInt128)0xFFFF << 32), owner);
}
