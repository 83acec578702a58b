using System.Buffers.Binary;
using SuperD.Linux;

namespace SuperD.ProxyProtocol;

/// <summary>
/// Version 2: a signature, version and command, family and protocol, a length, the addresses, and then type-length-value fields.
/// </summary>
internal static class BinaryHeader
{
    /// <summary>The length of signature, version and command, family and protocol, and the length itself.</summary>
    public const int FixedLength = 16;

    /// <summary>
    /// The longest header accepted. The protocol allows 65551 bytes; real headers, even with a client's certificate name, are far shorter.
    /// </summary>
    public const int MaxLength = 4096;

    /// <summary>The type of the field with a CRC32C over the whole header, in which its own four bytes count as zero.</summary>
    public const byte ChecksumType = 0x03;

    /// <summary>The length of a field's type and length.</summary>
    public const int FieldHeadLength = 3;

    /// <summary>Version 2 with the command LOCAL: the proxy itself connects.</summary>
    public const byte LocalCommand = 0x20;

    /// <summary>Version 2 with the command PROXY: the addresses are the client's.</summary>
    public const byte ProxyCommand = 0x21;

    /// <summary>Family and protocol of a client whose address is unknown.</summary>
    public const byte Unspecified = 0x00;

    /// <summary>Family and protocol: TCP over IPv4.</summary>
    public const byte TcpOverIPv4 = 0x11;

    /// <summary>Family and protocol: TCP over IPv6.</summary>
    public const byte TcpOverIPv6 = 0x21;

    /// <summary>The length of two addresses and two ports.</summary>
    public const int IPv4Length = 12, IPv6Length = 36;

    private const int UnixLength = 216;
    private const int LargestFamily = 3, LargestProtocol = 2;

    /// <summary>Twelve bytes with which no other protocol begins.</summary>
    public static ReadOnlySpan<byte> Signature => [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    /// <summary>Parses a header.</summary>
    /// <param name="bytes">At least <see cref="FixedLength"/> bytes, beginning with the signature.</param>
    public static HeaderState Parse(ReadOnlySpan<byte> bytes, out ProxyHeader header, out string problem)
    {
        header = default;
        byte command = bytes[12];
        byte family = bytes[13];
        int length = FixedLength + BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        if (command is not LocalCommand and not ProxyCommand)
        {
            return Invalid($"its version and command are 0x{command:x2}", out problem);
        }

        if (length > MaxLength)
        {
            return Invalid($"it has {length} bytes, more than {MaxLength}", out problem);
        }

        problem = string.Empty;
        if (bytes.Length < length)
        {
            return HeaderState.Incomplete;
        }

        header = new ProxyHeader(length, default, default);
        if (command == LocalCommand)
        {
            // The proxy connects on its own behalf (a health check); the protocol says to skip the rest, family included.
            return HeaderState.Complete;
        }

        if (family >> 4 > LargestFamily || (family & 0xF) > LargestProtocol)
        {
            return Invalid($"its family and protocol are 0x{family:x2}", out problem);
        }

        return ParseAddresses(bytes[..length], family, ref header, out problem);
    }

    private static HeaderState ParseAddresses(ReadOnlySpan<byte> whole, byte family, ref ProxyHeader header, out string problem)
    {
        int addressLength = (family >> 4) switch
        {
            1 => IPv4Length,
            2 => IPv6Length,
            3 => UnixLength,
            _ => whole.Length - FixedLength, // unspecified: the content does not matter
        };
        ReadOnlySpan<byte> rest = whole[FixedLength..];
        if (rest.Length < addressLength)
        {
            return Invalid($"it has no room for its addresses of family 0x{family:x2}", out problem);
        }

        if (WhatIsWrongWithFields(whole, FixedLength + addressLength) is { } wrong)
        {
            return Invalid(wrong, out problem);
        }

        // Addresses of datagrams and Unix sockets are not those of this connection's client.
        int width = family switch
        {
            TcpOverIPv4 => 4,
            TcpOverIPv6 => 16,
            _ => 0,
        };
        if (width > 0)
        {
            header = header with
            {
                Source = InetEndPoint.From(rest[..width], BinaryPrimitives.ReadUInt16BigEndian(rest[(2 * width)..])),
                Destination = InetEndPoint.From(rest[width..(2 * width)], BinaryPrimitives.ReadUInt16BigEndian(rest[((2 * width) + 2)..])),
            };
        }

        problem = string.Empty;
        return HeaderState.Complete;
    }

    private static string? WhatIsWrongWithFields(ReadOnlySpan<byte> whole, int start)
    {
        while (start < whole.Length)
        {
            int value = start + FieldHeadLength;
            if (value > whole.Length || value + BinaryPrimitives.ReadUInt16BigEndian(whole[(start + 1)..]) is var end && end > whole.Length)
            {
                return "a field in it is longer than the header";
            }

            if (whole[start] == ChecksumType && !IsChecksumRight(whole, value, end - value))
            {
                return "its checksum is wrong";
            }

            start = end;
        }

        return null;
    }

    private static bool IsChecksumRight(ReadOnlySpan<byte> whole, int start, int length) =>
        length == sizeof(uint) && BinaryPrimitives.ReadUInt32BigEndian(whole[start..]) == Crc32C.OfHeader(whole, start);

    private static HeaderState Invalid(string what, out string problem)
    {
        problem = what;
        return HeaderState.Invalid;
    }
}
