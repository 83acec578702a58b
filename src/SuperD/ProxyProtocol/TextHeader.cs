using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SuperD.Linux;

namespace SuperD.ProxyProtocol;

/// <summary>Version 1: one line, <c>PROXY TCP4 192.0.2.7 198.51.100.1 50112 443</c> and CRLF.</summary>
/// <remarks>
/// Single spaces, decimal numbers without leading zeros, at most 107 bytes. <c>PROXY UNKNOWN ...</c> does not name the client.
/// </remarks>
internal static class TextHeader
{
    /// <summary>The longest line: UNKNOWN before two full IPv6 addresses, CRLF included.</summary>
    public const int MaxLength = 107;

    private const int FieldCount = 5;

    /// <summary>The beginning of every line.</summary>
    public static ReadOnlySpan<byte> Start => "PROXY "u8;

    /// <summary>Parses a line.</summary>
    /// <param name="bytes">At least as long as <see cref="Start"/>, which they begin with.</param>
    public static HeaderState Parse(ReadOnlySpan<byte> bytes, out ProxyHeader header, out string problem)
    {
        header = default;
        int end = bytes[..Math.Min(bytes.Length, MaxLength)].IndexOf("\r\n"u8);
        if (end < 0)
        {
            bool mayEnd = bytes.Length < MaxLength;
            problem = mayEnd ? string.Empty : "its line does not end within 107 bytes";
            return mayEnd ? HeaderState.Incomplete : HeaderState.Invalid;
        }

        int length = end + 2;
        ReadOnlySpan<byte> line = bytes[Start.Length..end];
        if (line.SequenceEqual("UNKNOWN"u8) || line.StartsWith("UNKNOWN "u8))
        {
            header = new ProxyHeader(length, default, default);
            problem = string.Empty;
            return HeaderState.Complete;
        }

        problem = "its line is not \"PROXY TCP4|TCP6 SOURCE DESTINATION PORT PORT\"";
        Span<Range> fields = stackalloc Range[FieldCount + 1];
        if (SplitAtSpaces(line, fields) != FieldCount)
        {
            return HeaderState.Invalid;
        }

        bool isV4 = line[fields[0]].SequenceEqual("TCP4"u8);
        if ((!isV4 && !line[fields[0]].SequenceEqual("TCP6"u8))
            || !TryReadPort(line[fields[3]], out ushort sourcePort)
            || !TryReadPort(line[fields[4]], out ushort destinationPort)
            || !TryReadAddress(line[fields[1]], isV4, sourcePort, out InetEndPoint source)
            || !TryReadAddress(line[fields[2]], isV4, destinationPort, out InetEndPoint destination))
        {
            return HeaderState.Invalid;
        }

        header = new ProxyHeader(length, source, destination);
        problem = string.Empty;
        return HeaderState.Complete;
    }

    /// <summary>
    /// Splits at every single space; returns the number of fields, or one more than <paramref name="fields"/> should hold.
    /// </summary>
    private static int SplitAtSpaces(ReadOnlySpan<byte> line, Span<Range> fields)
    {
        int count = 0;
        int start = 0;
        while (count < fields.Length)
        {
            int space = line[start..].IndexOf((byte)' ');
            int end = space < 0 ? line.Length : start + space;
            fields[count++] = start..end;
            if (space < 0)
            {
                break;
            }

            start = end + 1;
        }

        return count;
    }

    private static bool TryReadAddress(ReadOnlySpan<byte> text, bool isV4, ushort port, out InetEndPoint endPoint)
    {
        endPoint = default;
        if (isV4)
        {
            Span<byte> four = stackalloc byte[4];
            if (!TryReadIPv4(text, four))
            {
                return false;
            }

            endPoint = InetEndPoint.From(four, port);
            return true;
        }

        // IPAddress also accepts brackets, ports and scopes, which the protocol does not allow.
        if (text.ContainsAnyExcept("0123456789abcdefABCDEF:."u8)
            || !IPAddress.TryParse(Encoding.ASCII.GetString(text), out IPAddress? address)
            || address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        Span<byte> sixteen = stackalloc byte[16];
        address.TryWriteBytes(sixteen, out _);
        endPoint = InetEndPoint.From(sixteen, port);
        return true;
    }

    private static bool TryReadIPv4(ReadOnlySpan<byte> text, Span<byte> address)
    {
        for (int i = 0; i < 4; i++)
        {
            int dot = i < 3 ? text.IndexOf((byte)'.') : text.Length;
            if (dot < 0 || !TryReadNumber(text[..dot], byte.MaxValue, out int number))
            {
                return false;
            }

            address[i] = (byte)number;
            text = i < 3 ? text[(dot + 1)..] : [];
        }

        return true;
    }

    private static bool TryReadPort(ReadOnlySpan<byte> text, out ushort port)
    {
        bool good = TryReadNumber(text, ushort.MaxValue, out int number);
        port = (ushort)number;
        return good;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> text, int most, out int number)
    {
        number = 0;
        return !text.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && (text.Length == 1 || (text.Length > 1 && text[0] != '0'))
            && Utf8Parser.TryParse(text, out number, out int used)
            && used == text.Length
            && number <= most;
    }
}
