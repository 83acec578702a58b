using System.Net;
using System.Net.Sockets;

namespace SuperD.Importing;

/// <summary>Formats the key <c>listen</c>.</summary>
internal static class ListenText
{
    /// <summary>One item as TOML: <c>9003</c>, <c>"127.0.0.1:9003"</c>, <c>"udp://[::1]:69"</c>.</summary>
    /// <param name="address">Null: all addresses of the machine, IPv4 and IPv6.</param>
    public static string Of(bool udp, IPAddress? address, int port)
    {
        string host = address switch
        {
            null => "",
            { AddressFamily: AddressFamily.InterNetworkV6 } => $"[{address}]",
            _ => address.ToString(),
        };
        return udp ? TomlValue.Of($"udp://{host}:{port}") : host.Length > 0 ? TomlValue.Of($"{host}:{port}") : TomlValue.Of(port);
    }

    /// <summary>The value of the key: a single item alone, or an array.</summary>
    /// <param name="items">One or more, as TOML.</param>
    public static string Of(IReadOnlyList<string> items) => items.Count == 1 ? items[0] : $"[{string.Join(", ", items)}]";
}
