using System.Buffers.Binary;
using SuperD.Linux;

namespace SuperD.ProxyProtocol;

/// <summary>Version 2: a signature, version and command, family and protocol, a length, the addresses, and then type-length-value fields.</summary>
internal static class BinaryHeader
{
    /// <summary>Signature, version and command, family and protocol, length.</summary>
    public const int FixedLength = 16;

    /// <summary>The longest header taken. The protocol allows 65551 bytes; real ones, with a client's certificate name, stay far below this.</summary>
    public const int MaxLength = 4096;

    /// <summary>The type of the field that holds a CRC32C over the whole header, its own four bytes taken as zero.</summary>
    public const byte ChecksumType = 0x03;

    /// <summary>Type and length of a field.</summary>
    public const int FieldHeadLength = 3;

    public const byte LocalCommand = 0x20;
    public const byte ProxyCommand = 0x21;
    public const byte Unspecified = 0x00;
    public const byte TcpOverIPv4 = 0x11;
    public const byte TcpOverIPv6 = 0x21;

    /// <summary>Bytes of two addresses and two ports.</summary>
    public const int IPv4Length = 12, IPv6Length = 36;

    private const int UnixLength = 216;
    private const int LargestFamily = 3, LargestProtocol = 2;

    /// <summary>Twelve bytes no other protocol begins with.</summary>
    public static ReadOnlySpan<byte> Signature => [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    /// <param name="bytes">At least <see cref="FixedLength"/>, with the signature.</param>
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
            // The proxy speaks for itself (a health check): what follows is skipped, its family and all.
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
            _ => whole.Length - FixedLength, // unspecified: whatever stands there is nothing to us
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

        // Addresses of datagrams and Unix sockets are no addresses of this connection's client.
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
