using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SuperD.Cli;

/// <summary>A server to connect to, as written on a command line.</summary>
/// <param name="Host">A name, or an address without brackets.</param>
/// <param name="Port">1 to 65535.</param>
internal sealed record HostAndPort(string Host, int Port)
{
    /// <summary>RFC 1035: no name is longer, and the resolver rejects one that is.</summary>
    private const int LongestName = 253;

    /// <summary>
    /// Parses <c>name:port</c>, <c>192.0.2.7:port</c> and <c>[v6]:port</c>; returns false for anything else, including a bare IPv6 address.
    /// </summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out HostAndPort? result)
    {
        result = null;
        var colon = text.LastIndexOf(':');
        if (colon < 0
            || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port == 0)
        {
            return false;
        }

        var host = text[..colon] switch
        {
            ['[', .. var inBrackets, ']'] when IsIPv6(inBrackets) => inBrackets,
            var name when name.IndexOfAny(['[', ']', ':']) < 0 => name,
            _ => "",
        };

        result = host.Length is 0 or > LongestName ? null : new HostAndPort(host, port);
        return result is not null;
    }

    /// <summary>The form in which a user would write it.</summary>
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static bool IsIPv6(string text) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;
}
