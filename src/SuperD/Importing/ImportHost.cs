using System.Net;
using System.Net.Sockets;

namespace SuperD.Importing;

/// <summary>The machine an import takes place on, as far as a configuration means nothing without it. A test makes up its own.</summary>
internal sealed record ImportHost
{
    /// <summary>services(5).</summary>
    public string PortNamesFile { get; init; } = "/etc/services";

    /// <summary>The rules of libwrap, hosts_access(5), which xinetd asks too.</summary>
    public IReadOnlyList<string> AccessFiles { get; init; } = ["/etc/hosts.allow", "/etc/hosts.deny"];

    /// <summary>Where units are searched, the first find wins (systemd.unit(5)).</summary>
    public IReadOnlyList<string> UnitDirectories { get; init; } =
        ["/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

    /// <summary>The addresses of a host name; none when it has none.</summary>
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
