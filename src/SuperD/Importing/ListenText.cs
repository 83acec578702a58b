using System.Net;
using System.Net.Sockets;

namespace SuperD.Importing;

/// <summary>An item of the key <c>listen</c>.</summary>
internal static class ListenText
{
    /// <summary>As TOML: <c>9003</c>, <c>"127.0.0.1:9003"</c>, <c>"udp://[::1]:69"</c>.</summary>
    /// <param name="address">Null: all addresses of the machine, IPv6 and IPv4.</param>
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

    /// <summary>The value of the key: the item alone, or an array. There is at least one, as TOML.</summary>
    public static string Of(IReadOnlyList<string> items) => items.Count == 1 ? items[0] : $"[{string.Join(", ", items)}]";
}
