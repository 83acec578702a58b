using System.Buffers.Binary;
using System.Net;

namespace SuperD.Tests.ProxyProtocol;

/// <summary>Builds PROXY headers from the specification, independently of superd's own writer.</summary>
internal static class ProxyHeaderBytes
{
    public const byte Local = 0x20, Proxy = 0x21;

    private static readonly byte[] s_signature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    /// <summary>A header of version 2 from its parts.</summary>
    public static byte[] V2(byte command, byte family, params byte[][] parts)
    {
        byte[] rest = [.. parts.SelectMany(part => part)];
        return [.. s_signature, command, family, (byte)(rest.Length >> 8), (byte)rest.Length, .. rest];
    }

    /// <summary>A typical version 2 header, TCP over IPv4 or IPv6, with these fields after the addresses.</summary>
    public static byte[] V2(string source, string destination, params byte[][] fields)
    {
        IPEndPoint from = IPEndPoint.Parse(source), to = IPEndPoint.Parse(destination);
        byte[] addresses = [.. from.Address.GetAddressBytes(), .. to.Address.GetAddressBytes(), .. Port(from), .. Port(to)];
        return V2(Proxy, (byte)(addresses.Length == 12 ? 0x11 : 0x21), [addresses, .. fields]);
    }

    public static byte[] Field(byte type, params byte[] value) => [type, (byte)(value.Length >> 8), (byte)value.Length, .. value];

    /// <summary>Appends a correct checksum field to the header.</summary>
    public static byte[] WithChecksum(byte[] header)
    {
        byte[] result = [.. header, .. Field(0x03, 0, 0, 0, 0)];
        BinaryPrimitives.WriteUInt16BigEndian(result.AsSpan(14), (ushort)(result.Length - 16));
        BinaryPrimitives.WriteUInt32BigEndian(result.AsSpan(result.Length - 4), Crc32C(result));
        return result;
    }

    /// <summary>Computes the checksum bit by bit, as RFC 3720 defines it.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
        }

        return ~crc;
    }

    private static byte[] Port(IPEndPoint endPoint) => [(byte)(endPoint.Port >> 8), (byte)endPoint.Port];
}
