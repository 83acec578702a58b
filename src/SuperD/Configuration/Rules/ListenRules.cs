using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>listen, v6only and wait: the sockets that the written addresses stand for.</summary>
/// <remarks>
/// A bare port, or [::], means all addresses. An ordinary service gets two sockets, 0.0.0.0 and [::] with IPV6_V6ONLY, so that an IPv4
/// client never appears as a mapped IPv6 address; the second one is optional, for machines without IPv6. localhost gets 127.0.0.1 and
/// [::1] in the same way. A wait handler gets exactly one socket, so it is a dual-stack one, which localhost has not. For port 0 the
/// kernel chooses a different port for each socket, so a bare 0 means 0.0.0.0:0 alone. For a service that reports on superd a bare port
/// is that of localhost.
/// </remarks>
internal static class ListenRules
{
    /// <summary>The sockets, each with the place of its address; problems are reported.</summary>
    public static ImmutableArray<Written<ListenAddress>> Resolve(MergedConfig config, LoadContext context)
    {
        if (config.Service.Listen is not { } listen)
        {
            return [];
        }

        bool wait = config.Service.Wait is { Value: true };
        bool isReport = ReportRules.IsReport(config.Service);
        bool v6Only = config.Value(keys => keys.V6Only, false);
        var written = new List<Written<ListenConfig>>();
        foreach (Written<ListenConfig> address in listen.Value)
        {
            if ((address.Value.UnixName is null ? WithPortNumber(address, context) : WithFullName(address, context)) is { } numbered)
            {
                written.Add(numbered);
            }
        }

        var sockets = ImmutableArray.CreateBuilder<Written<ListenAddress>>();
        foreach (Written<ListenConfig> address in written)
        {
            ListenConfig shared = address.Value.Address is { } ip ? address.Value with { Address = context.Share(ip) } : address.Value;
            bool isForOwn = isReport && shared is { Address: null, UnixName: null, IsLocalhost: false };
            shared = shared with
            {
                IsLocalhost = shared.IsLocalhost || (isForOwn && !wait),
                Address = isForOwn && wait ? IPAddress.Loopback : shared.Address, // its program gets one socket
            };
            foreach (ListenAddress socket in Sockets(shared, v6Only, wait, written))
            {
                sockets.Add(new Written<ListenAddress>(socket, address.Place));
            }
        }

        if (wait && !v6Only && written.Find(address => address.Value.IsLocalhost) is { } localhost)
        {
            string transport = IsUdp(localhost) ? "udp://" : "";
            context.Problems.Error(
                localhost.Place,
                "localhost is two addresses, and a service with wait = true has one, since its program gets one socket; "
                + $"write \"{transport}127.0.0.1:{localhost.Value.Port}\" or \"{transport}[::1]:{localhost.Value.Port}\"");
        }

        if (wait && written.Count > 1)
        {
            context.Problems.Error(
                written[1].Place,
                $"a service with wait = true has one address, since its program gets one socket, found {written.Count}; "
                + "write one file for each");
        }

        if (written.Find(address => IsUdp(address) != IsUdp(written[0])) is { } other)
        {
            context.Problems.Error(
                other.Place,
                "a service listens for connections or for datagrams (udp://), not for both, since its program meets them differently; "
                + "write one file for each");
        }

        bool hasV6 = sockets.Any(socket => socket.Value.EndPoint.AddressFamily == AddressFamily.InterNetworkV6);
        if (config.Service.V6Only is { Value: true } useless && written.Count > 0 && !hasV6)
        {
            context.Problems.Warning(useless.Place, "v6only has no effect: no address of listen is an IPv6 address; delete the line");
        }

        CheckPrivilege(sockets, config.Service.Name, context);
        return sockets.ToImmutable();
    }

    private static bool IsUdp(Written<ListenConfig> address) => address.Value.Transport == Transport.Udp;

    private static Written<ListenConfig>? WithPortNumber(Written<ListenConfig> address, LoadContext context)
    {
        if (address.Value.PortName is not { } name)
        {
            return address;
        }

        string protocol = address.Value.Transport == Transport.Udp ? "udp" : "tcp";
        if (context.Ports.TryFind(protocol, name, out int port))
        {
            return address with { Value = address.Value with { Port = port } };
        }

        string? near = NearestName.Find(name, context.Ports.NamesOf(protocol));
        string hint = near is null ? "write its number" : $"did you mean '{near}'? Or write its number";
        context.Problems.Error(
            address.Place,
            $"the port name {Wording.Quote(name)} is not in {context.Host.PortNamesFile} for {protocol}; {hint}");
        return null;
    }

    /// <summary>Makes a path absolute; a relative one starts at the directory of the file it is written in, as all paths do.</summary>
    private static Written<ListenConfig>? WithFullName(Written<ListenConfig> address, LoadContext context)
    {
        string written = address.Value.UnixName!; // called only for a Unix-domain address
        bool isAbstract = UnixSocket.IsAbstract(written);
        string name = isAbstract ? written : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(address.Place.File) ?? "", written));
        int bytes = Encoding.UTF8.GetByteCount(name) - (isAbstract ? 1 : 0);
        if (bytes > UnixSocket.MaxNameBytes)
        {
            context.Problems.Error(
                address.Place,
                $"the name {Wording.Quote(name)} of a Unix-domain socket must be at most {UnixSocket.MaxNameBytes} bytes long, "
                + $"found {bytes}; choose a shorter one");
            return null;
        }

        if (!isAbstract && Path.GetDirectoryName(name) is { } directory && !Directory.Exists(directory))
        {
            context.Problems.Warning(
                address.Place,
                $"the directory {Wording.Quote(directory)} of the socket does not exist now; create it, or superd waits for it");
        }

        if (!isAbstract
            && FileStatus.TryRead(name, followLinks: false, out FileStatus status) == 0
            && status.Kind is not (FileKind.Socket or FileKind.SymbolicLink))
        {
            // A directory will hardly be removed; another file may be, and superd then binds.
            Action<Place, string> report = status.Kind == FileKind.Directory ? context.Problems.Error : context.Problems.Warning;
            report(
                address.Place,
                $"{Wording.Quote(name)} is {FileWords.Of(status.Kind)}, where the socket cannot be made; choose another path"
                + (status.Kind == FileKind.Directory ? "" : ", or remove it"));
        }

        return address with { Value = address.Value with { UnixName = name } };
    }

    private static IEnumerable<ListenAddress> Sockets(ListenConfig address, bool v6Only, bool wait, List<Written<ListenConfig>> all) =>
        address.UnixName is { } name
            ? [ListenAddress.Unix(name)]
            : InetSockets(address, v6Only, wait, all).Select(socket => socket with { Transport = address.Transport });

    private static IEnumerable<ListenAddress> InetSockets(ListenConfig address, bool v6Only, bool wait, List<Written<ListenConfig>> all)
    {
        if (address.IsLocalhost)
        {
            return LoopbackSockets(address.Port, v6Only);
        }

        bool bare = address.Address is null;
        bool all6 = bare || address.Address!.Equals(IPAddress.IPv6Any);
        var any6 = new IPEndPoint(IPAddress.IPv6Any, address.Port);
        var any4 = new IPEndPoint(IPAddress.Any, address.Port);
        bool otherHasAny4 = !bare && all.Exists(other => IPAddress.Any.Equals(other.Value.Address) && other.Value.Port == address.Port);

        return (all6, v6Only || otherHasAny4, wait, address.Port) switch
        {
            (false, _, _, _) => [new ListenAddress(new IPEndPoint(address.Address!, address.Port))],
            (_, true, _, _) => [new ListenAddress(any6)],
            (_, _, true, _) => [new ListenAddress(any6, V6Only: false)],
            (_, _, _, 0) => bare ? [new ListenAddress(any4)] : [new ListenAddress(any6)],
            _ => [new ListenAddress(any4), new ListenAddress(any6, Optional: true)],
        };
    }

    private static IEnumerable<ListenAddress> LoopbackSockets(int port, bool v6Only)
    {
        var loopback4 = new ListenAddress(new IPEndPoint(IPAddress.Loopback, port));
        var loopback6 = new ListenAddress(new IPEndPoint(IPAddress.IPv6Loopback, port), Optional: !v6Only);
        return v6Only ? [loopback6] : port == 0 ? [loopback4] : [loopback4, loopback6];
    }

    private static void CheckPrivilege(IEnumerable<Written<ListenAddress>> sockets, string service, LoadContext context)
    {
        HostContext host = context.Host;
        var reported = new HashSet<Place>();
        foreach (Written<ListenAddress> socket in sockets)
        {
            int port = socket.Value.EndPoint.Port;
            bool isPassed = socket.Value.Transport == Transport.Tcp && host.IsPassed(service, socket.Value.EndPoint);
            if (socket.Value.UnixName is null
                && port != 0
                && port < host.FirstFreePort
                && !host.Has(Capability.NetBindService)
                && !isPassed
                && reported.Add(socket.Place))
            {
                context.Problems.Error(
                    socket.Place,
                    $"port {port} needs root or CAP_NET_BIND_SERVICE: superd runs as {context.OwnUser()}, and ports below "
                    + $"{host.FirstFreePort} are reserved; use a port from {host.FirstFreePort} on, lower sysctl "
                    + "net.ipv4.ip_unprivileged_port_start, have the service manager pass the socket, or "
                    + context.HowToBeAllowed);
            }
        }
    }
}
