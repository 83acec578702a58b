using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SuperD.Linux;

/// <summary>An IPv4 or IPv6 address and port, as the kernel hands them out, without an object per connection.</summary>
/// <remarks>
/// An IPv4 client of a dual-stack socket arrives as ::ffff:a.b.c.d; it is kept as the IPv4 address it is, so nothing above ever
/// sees the mapped form. The scope of a link-local address is not kept. The default value is "no address".
/// </remarks>
public readonly record struct InetEndPoint : IUtf8SpanFormattable
{
    /// <summary>Room for any text form: 8 groups of 4, or an IPv4 tail, plus brackets and port.</summary>
    public const int MaxTextLength = 64;

    /// <summary>Room for any sockaddr this can read.</summary>
    internal const int MaxSockaddrLength = 28;

    private readonly UInt128 _address;

    private InetEndPoint(bool isV6, UInt128 address, ushort port)
    {
        IsKnown = true;
        IsV6 = isV6;
        _address = address;
        Port = port;
    }

    /// <summary>False for the default value.</summary>
    public bool IsKnown { get; }

    public bool IsV6 { get; }

    public ushort Port { get; }

    /// <summary>The address as a number, first byte highest: 32 bits for IPv4, 128 for IPv6.</summary>
    public UInt128 AddressBits => _address;

    /// <summary>0.0.0.0 or ::, the address of a listener that takes connections to any.</summary>
    public bool IsWildcard => _address == 0;

    public static InetEndPoint From(IPEndPoint endPoint)
    {
        Span<byte> bytes = stackalloc byte[16];
        endPoint.Address.TryWriteBytes(bytes, out int length);
        return FromBytes(bytes[..length], (ushort)endPoint.Port);
    }

    /// <summary>Where connect(2) to an address leads: a wildcard stands for this machine's loopback.</summary>
    public static InetEndPoint Reached(IPEndPoint target) =>
        target.Address.Equals(IPAddress.Any) ? From(new IPEndPoint(IPAddress.Loopback, target.Port))
        : target.Address.Equals(IPAddress.IPv6Any) ? From(new IPEndPoint(IPAddress.IPv6Loopback, target.Port))
        : From(target);

    /// <summary>From the bytes of an address as the network has them: 4 of IPv4, 16 of IPv6.</summary>
    public static InetEndPoint From(ReadOnlySpan<byte> address, ushort port) => FromBytes(address, port);

    /// <summary>The address alone as text, in UTF-8: <c>192.0.2.7</c>, <c>2001:db8::5</c>. Returns the number of bytes; there must be room for them.</summary>
    public int FormatAddress(Span<byte> utf8)
    {
        if (IsV6)
        {
            ToIPAddress().TryFormat(utf8, out int written);
            return written;
        }

        int length = 0;
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            ((byte)(_address >> shift)).TryFormat(utf8[length..], out int digits);
            length += digits;
            if (shift > 0)
            {
                utf8[length++] = (byte)'.';
            }
        }

        return length;
    }

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        if (IsV6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(bytes, _address);
            return new IPAddress(bytes);
        }

        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)_address);
        return new IPAddress(bytes[..4]);
    }

    /// <summary>As logged: <c>192.0.2.7:50112</c>, <c>[2001:db8::5]:50112</c>, or <c>unknown</c>.</summary>
    public override string ToString()
    {
        Span<byte> text = stackalloc byte[MaxTextLength];
        _ = TryFormat(text, out int length, default, null);
        return Encoding.ASCII.GetString(text[..length]);
    }

    /// <summary>As <see cref="ToString"/>.</summary>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        if (utf8Destination.Length < MaxTextLength)
        {
            bytesWritten = 0;
            return false; // whoever calls has a larger one
        }

        if (!IsKnown)
        {
            "unknown"u8.CopyTo(utf8Destination);
            bytesWritten = "unknown"u8.Length;
            return true;
        }

        int length = 0;
        if (IsV6)
        {
            utf8Destination[length++] = (byte)'[';
        }

        length += FormatAddress(utf8Destination[length..]);
        if (IsV6)
        {
            utf8Destination[length++] = (byte)']';
        }

        utf8Destination[length++] = (byte)':';
        Port.TryFormat(utf8Destination[length..], out int digits);
        bytesWritten = length + digits;
        return true;
    }

    /// <summary>Reads a sockaddr_in or sockaddr_in6; anything else is "no address".</summary>
    internal static InetEndPoint FromSockaddr(ReadOnlySpan<byte> sockaddr)
    {
        if (sockaddr.Length < 8)
        {
            return default;
        }

        ushort port = BinaryPrimitives.ReadUInt16BigEndian(sockaddr[2..]);
        return BitConverter.ToUInt16(sockaddr) switch
        {
            LibC.AF_INET => FromBytes(sockaddr.Slice(4, 4), port),
            LibC.AF_INET6 when sockaddr.Length >= 24 => FromBytes(sockaddr.Slice(8, 16), port),
            _ => default,
        };
    }

    /// <summary>Writes a sockaddr for bind(2) and returns its length. The scope id comes from the end point.</summary>
    internal static int WriteSockaddr(IPEndPoint endPoint, Span<byte> sockaddr)
    {
        sockaddr.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(sockaddr[2..], (ushort)endPoint.Port);
        if (endPoint.AddressFamily == AddressFamily.InterNetwork)
        {
            BitConverter.TryWriteBytes(sockaddr, (ushort)LibC.AF_INET);
            endPoint.Address.TryWriteBytes(sockaddr[4..], out _);
            return 16;
        }

        BitConverter.TryWriteBytes(sockaddr, (ushort)LibC.AF_INET6);
        endPoint.Address.TryWriteBytes(sockaddr[8..], out _);
        BitConverter.TryWriteBytes(sockaddr[24..], (uint)endPoint.Address.ScopeId);
        return 28;
    }

    /// <summary>Writes a sockaddr of its own family and returns its length.</summary>
    /// <param name="scope">The interface a link-local IPv6 address belongs to; 0 otherwise.</param>
    internal int WriteSockaddr(uint scope, Span<byte> sockaddr)
    {
        sockaddr.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(sockaddr[2..], Port);
        if (!IsV6)
        {
            BitConverter.TryWriteBytes(sockaddr, (ushort)LibC.AF_INET);
            WriteAddress(sockaddr[4..]);
            return 16;
        }

        BitConverter.TryWriteBytes(sockaddr, (ushort)LibC.AF_INET6);
        WriteAddress(sockaddr[8..]);
        BitConverter.TryWriteBytes(sockaddr[24..], scope);
        return 28;
    }

    /// <summary>Writes the address as it stands in a packet, 4 or 16 bytes.</summary>
    internal void WriteAddress(Span<byte> bytes)
    {
        if (IsV6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(bytes, _address);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)_address);
        }
    }

    /// <summary>An address as it stands in a packet, with a port.</summary>
    internal static InetEndPoint FromBytes(ReadOnlySpan<byte> bytes, ushort port)
    {
        if (bytes.Length == 4)
        {
            return new InetEndPoint(false, BinaryPrimitives.ReadUInt32BigEndian(bytes), port);
        }

        UInt128 address = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        bool isMapped = address >> 32 == 0xFFFF;
        return isMapped ? new InetEndPoint(false, (uint)address, port) : new InetEndPoint(true, address, port);
    }
}
