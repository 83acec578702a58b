using System.Net;

namespace SuperD.Configuration;

/// <summary>One address of key <c>listen</c> as written.</summary>
/// <param name="Address">Null: a bare port, which means all addresses of the machine, or localhost.</param>
/// <param name="PortName">A name of /etc/services instead of a number; <paramref name="Port"/> is then meaningless.</param>
/// <param name="Port">0 to 65535; 0 lets the kernel choose.</param>
internal sealed record ListenConfig(IPAddress? Address, string? PortName, int Port)
{
    /// <summary>The transport; TCP unless written.</summary>
    public Transport Transport { get; init; } = Transport.Tcp;

    /// <summary>The machine itself, 127.0.0.1 and ::1; <paramref name="Address"/> is then null.</summary>
    public bool IsLocalhost { get; init; }

    /// <summary>A Unix-domain socket: a path, which may be relative, or <c>@</c> and an abstract name; otherwise null.</summary>
    public string? UnixName { get; init; }
}
