using System.Net;
using System.Net.Sockets;

namespace SuperD.Configuration;

/// <summary>Where a redirect service leads. Key <c>redirect</c>.</summary>
/// <param name="Host">A name to be looked up when a client comes; null when <paramref name="Address"/> is known by itself.</param>
/// <param name="Port">1 to 65535; 0 for a Unix socket.</param>
/// <param name="Address">The literal address, or the Unix socket; null for a name.</param>
internal sealed record Backend(string? Host, int Port, EndPoint? Address)
{
    /// <summary>The absolute path of a Unix socket, or <c>@</c> and its abstract name; null for the others.</summary>
    public string? UnixName => Address is UnixDomainSocketEndPoint ? Address.ToString() : null;

    /// <summary>As it is written and logged: <c>db.example:5432</c>, <c>[::1]:9003</c>, <c>unix:/run/x.sock</c>.</summary>
    public override string ToString() => Address is null ? $"{Host}:{Port}" : Name(Address);

    /// <summary>One address of a backend as it is logged.</summary>
    public static string Name(EndPoint address) => address is UnixDomainSocketEndPoint ? $"unix:{address}" : $"{address}";
}
