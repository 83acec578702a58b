using System.Buffers.Binary;
using System.Net;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Tests.Admission;

/// <summary>Addresses for tests, from text and numbers.</summary>
internal static class Peers
{
    public static InetEndPoint Peer(string address) => InetEndPoint.From(new IPEndPoint(IPAddress.Parse(address), 50_000));

    /// <summary>A TCP client from its address, or a client of a Unix-domain socket: <c>uid=1000 gid=5 groups=4+6</c>.</summary>
    public static Peer Client(string text)
    {
        if (!text.StartsWith("uid=", StringComparison.Ordinal))
        {
            return Peer(text);
        }

        uint[][] numbers = [.. text.Split(' ').Select(part => part[(part.IndexOf('=') + 1)..].Split('+').Select(uint.Parse).ToArray())];
        return new Peer(
            new PeerCredentials(numbers[0][0], numbers[1][0], 4711) { Groups = [.. numbers.Skip(2).SelectMany(groups => groups)] });
    }

    public static InetEndPoint PeerOf(UInt128 bits, bool isV6)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, bits);
        return InetEndPoint.From(new IPEndPoint(new IPAddress(isV6 ? bytes : bytes[12..]), 50_000));
    }

    public static IEnumerable<IpPrefix> Prefixes(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Prefix).ToArray();

    public static IpPrefix Prefix(string text) =>
        IpPrefix.WhatIsWrong(text, out IpPrefix prefix) is { } wrong ? throw new ArgumentException($"{text} {wrong}") : prefix;
}
