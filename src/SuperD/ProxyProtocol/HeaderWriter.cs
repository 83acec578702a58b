using System.Buffers.Binary;
using System.Net;
using System.Text;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.ProxyProtocol;

/// <summary>Writes the header that tells a backend who the client is.</summary>
internal static class HeaderWriter
{
    /// <summary>The buffer size that fits any header written here.</summary>
    public const int MaxLength = TextHeader.MaxLength;

    private const int ChecksumFieldLength = BinaryHeader.FieldHeadLength + sizeof(uint);

    /// <summary>Writes a header and returns its length.</summary>
    /// <param name="source">The client; unknown (of a Unix socket) if there is no address to send.</param>
    /// <param name="destination">The address the client connected to.</param>
    public static int Write(Span<byte> buffer, ProxyVersion version, InetEndPoint source, InetEndPoint destination) =>
        version == ProxyVersion.V1 ? WriteText(buffer, source, destination) : WriteBinary(buffer, source, destination);

    private static int WriteText(Span<byte> buffer, InetEndPoint source, InetEndPoint destination)
    {
        if (!source.IsKnown || !destination.IsKnown)
        {
            return Encoding.ASCII.GetBytes("PROXY UNKNOWN\r\n", buffer);
        }

        bool isV6 = source.IsV6 || destination.IsV6;
        string family = isV6 ? "TCP6" : "TCP4";
        string addresses = $"{Address(source, isV6)} {Address(destination, isV6)}";
        return Encoding.ASCII.GetBytes($"PROXY {family} {addresses} {source.Port} {destination.Port}\r\n", buffer);
    }

    private static int WriteBinary(Span<byte> buffer, InetEndPoint source, InetEndPoint destination)
    {
        bool isKnown = source.IsKnown && destination.IsKnown;
        bool isV6 = source.IsV6 || destination.IsV6;
        int width = !isKnown ? 0 : isV6 ? 16 : 4;
        int addresses = isKnown ? (2 * width) + (2 * sizeof(ushort)) : 0;
        int length = BinaryHeader.FixedLength + addresses + ChecksumFieldLength;
        Span<byte> header = buffer[..length];
        BinaryHeader.Signature.CopyTo(header);
        header[12] = BinaryHeader.ProxyCommand;
        header[13] = !isKnown ? BinaryHeader.Unspecified : isV6 ? BinaryHeader.TcpOverIPv6 : BinaryHeader.TcpOverIPv4;
        BinaryPrimitives.WriteUInt16BigEndian(header[14..], (ushort)(length - BinaryHeader.FixedLength));
        Span<byte> rest = header[BinaryHeader.FixedLength..];
        if (isKnown)
        {
            Address(source, isV6).TryWriteBytes(rest, out _);
            Address(destination, isV6).TryWriteBytes(rest[width..], out _);
            BinaryPrimitives.WriteUInt16BigEndian(rest[(2 * width)..], source.Port);
            BinaryPrimitives.WriteUInt16BigEndian(rest[((2 * width) + sizeof(ushort))..], destination.Port);
        }

        Span<byte> checksum = rest[addresses..];
        checksum[0] = BinaryHeader.ChecksumType;
        BinaryPrimitives.WriteUInt16BigEndian(checksum[1..], sizeof(uint));
        int start = length - sizeof(uint);
        BinaryPrimitives.WriteUInt32BigEndian(header[start..], Crc32C.OfHeader(header, start));
        return length;
    }

    /// <summary>A header has addresses of one family: next to an IPv6 address, an IPv4 address is written in IPv4-mapped form.</summary>
    private static IPAddress Address(InetEndPoint endPoint, bool asV6) =>
        asV6 ? endPoint.ToIPAddress().MapToIPv6() : endPoint.ToIPAddress();
}
