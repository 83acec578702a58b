using SuperD.Configuration;

namespace SuperD.Admission;

/// <summary>A source as one service knows it.</summary>
/// <param name="Prefix">The source's addresses as one number: IPv4 in its IPv6 form, which no IPv6 client has.</param>
/// <param name="Owner">The number of the service.</param>
internal readonly record struct SourceKey(UInt128 Prefix, int Owner)
{
    public static SourceKey Of(IpPrefix source, int owner) => new(source.IsV6 ? source.Address : source.Address | ((UInt128)0xFFFF << 32), owner);
}
