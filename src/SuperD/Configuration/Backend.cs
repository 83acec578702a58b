using System.Net;
using System.Net.Sockets;

namespace SuperD.Configuration;

/// <summary>The target of a redirect service. Key <c>redirect</c>.</summary>
/// <param name="Host">A name to look up for each client; null when <paramref name="Address"/> is set.</param>
/// <param name="Port">1 to 65535; 0 for a Unix socket.</param>
/// <param name="Address">The literal address or the Unix socket; null for a name.</param>
internal sealed record Backend(string? Host, int Port, EndPoint? Address)
{
    /// <summary>The absolute path of a Unix socket, or <c>@</c> and its abstract name; null for TCP.</summary>
    public string? UnixName => Address is UnixDomainSocketEndPoint ? Address.ToString() : null;

    /// <summary>The form used in files and logs: <c>db.example:5432</c>, <c>[::1]:9003</c>, <c>unix:/run/x.sock</c>.</summary>
    public override string ToString() => Address is null ? $"{Host}:{Port}" : Name(Address);

    /// <summary>An address of a backend as logged.</summary>
    public static string Name(EndPoint address) => address is UnixDomainSocketEndPoint ? $"unix:{address}" : $"{address}";
}
