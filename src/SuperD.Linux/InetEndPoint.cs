using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SuperD.Linux;

/// <summary>An IPv4 or IPv6 address and port as a value, so that a connection costs no allocation for it.</summary>
/// <remarks>
/// An IPv4 client of a dual-stack socket arrives as ::ffff:a.b.c.d. It is stored as the plain IPv4 address, so no caller sees the
/// mapped form. The scope of a link-local address is dropped. The default value means no address.
/// </remarks>
public readonly record struct InetEndPoint : IUtf8SpanFormattable
{
    /// <summary>Enough for any text form: 8 groups of 4, or an IPv4 tail, plus brackets and port.</summary>
    public const int MaxTextLength = 64;

    /// <summary>Enough for a sockaddr_in6, the largest this type reads.</summary>
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

    /// <summary>True for IPv6; a mapped IPv4 address counts as IPv4.</summary>
    public bool IsV6 { get; }

    /// <summary>The port in host byte order.</summary>
    public ushort Port { get; }

    /// <summary>The address as a number, first byte most significant: 32 bits for IPv4, 128 for IPv6.</summary>
    public UInt128 AddressBits => _address;

    /// <summary>True for 0.0.0.0 and ::, on which a listener accepts connections to any local address.</summary>
    public bool IsWildcard => _address == 0;

    /// <summary>The same address and port as a .NET end point.</summary>
    public static InetEndPoint From(IPEndPoint endPoint)
    {
        Span<byte> bytes = stackalloc byte[16];
        endPoint.Address.TryWriteBytes(bytes, out int length);
        return FromBytes(bytes[..length], (ushort)endPoint.Port);
    }

    /// <summary>The address that connect(2) reaches: for a wildcard this machine's loopback.</summary>
    public static InetEndPoint Reached(IPEndPoint target) =>
        target.Address.Equals(IPAddress.Any) ? From(new IPEndPoint(IPAddress.Loopback, target.Port))
        : target.Address.Equals(IPAddress.IPv6Any) ? From(new IPEndPoint(IPAddress.IPv6Loopback, target.Port))
        : From(target);

    /// <summary>From an address in network byte order: 4 bytes for IPv4, 16 for IPv6.</summary>
    public static InetEndPoint From(ReadOnlySpan<byte> address, ushort port) => FromBytes(address, port);

    /// <summary>Formats the address alone in UTF-8: <c>192.0.2.7</c>, <c>2001:db8::5</c>. Returns the number of bytes written.</summary>
    /// <param name="utf8">At least <see cref="MaxTextLength"/> bytes.</param>
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

    /// <summary>The address as a .NET object, without a scope.</summary>
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

    /// <summary>The form used in logs: <c>192.0.2.7:50112</c>, <c>[2001:db8::5]:50112</c>, or <c>unknown</c>.</summary>
    public override string ToString()
    {
        Span<byte> text = stackalloc byte[MaxTextLength];
        _ = TryFormat(text, out int length, default, null);
        return Encoding.ASCII.GetString(text[..length]);
    }

    /// <summary>Formats like <see cref="ToString"/>.</summary>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        if (utf8Destination.Length < MaxTextLength)
        {
            bytesWritten = 0;
            return false; // every caller passes a larger buffer
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

    /// <summary>Reads a sockaddr_in or sockaddr_in6; any other family gives the default value.</summary>
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

    /// <summary>Writes a sockaddr for bind(2), with the end point's scope id, and returns its length.</summary>
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

    /// <summary>Writes a sockaddr of the address's own family and returns its length.</summary>
    /// <param name="scope">The interface index of a link-local IPv6 address; otherwise 0.</param>
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

    /// <summary>Writes the address in network byte order, 4 or 16 bytes.</summary>
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

    /// <summary>From an address in network byte order, 4 or 16 bytes, and a port.</summary>
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
