using System.Net;

namespace SuperD.Configuration;

/// <summary>One address of key <c>listen</c> as written.</summary>
/// <param name="Address">Null: a bare port, which means all addresses of the machine.</param>
/// <param name="PortName">A name of /etc/services instead of a number; then <paramref name="Port"/> is 0 and means nothing.</param>
/// <param name="Port">0 to 65535; 0 lets the kernel choose.</param>
internal sealed record ListenConfig(IPAddress? Address, string? PortName, int Port)
{
    public Transport Transport { get; init; } = Transport.Tcp;

    /// <summary>Of a Unix-domain socket: a path, maybe relative, or <c>@</c> and an abstract name; null for the others.</summary>
    public string? UnixName { get; init; }
}
