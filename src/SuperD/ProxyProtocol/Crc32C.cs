using System.Numerics;

namespace SuperD.ProxyProtocol;

/// <summary>The checksum of version 2 headers: CRC-32C (Castagnoli), as in RFC 4960, appendix B.</summary>
internal static class Crc32C
{
    /// <summary>Computes the checksum of a whole header, in which the checksum's own four bytes count as zero.</summary>
    /// <param name="checksum">The index of these four bytes.</param>
    public static uint OfHeader(ReadOnlySpan<byte> header, int checksum)
    {
        uint crc = Add(uint.MaxValue, header[..checksum]);
        crc = Add(crc, [0, 0, 0, 0]);
        return ~Add(crc, header[(checksum + sizeof(uint))..]);
    }

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return crc;
    }
}
