using System.Net;
using System.Net.Sockets;

namespace SuperD.Importing;

/// <summary>The facts about the machine that an import depends on. A test supplies its own.</summary>
internal sealed record ImportHost
{
    /// <summary>The services(5) file.</summary>
    public string PortNamesFile { get; init; } = "/etc/services";

    /// <summary>The files of libwrap's rules, hosts_access(5), which xinetd consults.</summary>
    public IReadOnlyList<string> AccessFiles { get; init; } = ["/etc/hosts.allow", "/etc/hosts.deny"];

    /// <summary>The search path for units and their drop-ins; the first match wins (systemd.unit(5), of the system manager).</summary>
    public IReadOnlyList<string> UnitDirectories { get; init; } =
    [
        "/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/transient", "/run/systemd/generator.early",
        "/etc/systemd/system", "/etc/systemd/system.attached", "/run/systemd/system", "/run/systemd/system.attached",
        "/run/systemd/generator", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
        "/run/systemd/generator.late",
    ];

    /// <summary>Resolves a host name; empty when it has no address.</summary>
    public Func<string, IReadOnlyList<IPAddress>> AddressesOf { get; init; } = LookUp;

    private static IReadOnlyList<IPAddress> LookUp(string name)
    {
        try
        {
            return Dns.GetHostAddresses(name);
        }
        catch (Exception problem) when (problem is SocketException or ArgumentException)
        {
            return [];
        }
    }
}
