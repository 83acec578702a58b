using System.Globalization;
using System.Net;
using SuperD.Configuration.Values;
using SuperD.Linux;

namespace SuperD.Importing.Systemd;

/// <summary>The section [Socket]: the addresses of a service, and its limits.</summary>
internal static class SystemdSocket
{
    /// <summary>systemd's own default for Accept=yes.</summary>
    private const int DefaultConnections = 64;

    private const string Kinds = "superd listens on TCP and UDP addresses and ports, and on Unix-domain stream sockets";

    private static readonly (string Name, string Key)[] s_keepAlive =
        [("KeepAliveTimeSec", "idle"), ("KeepAliveIntervalSec", "interval"), ("KeepAliveProbes", "probes")];

    private static readonly string[] s_otherKinds =
        ["ListenSequentialPacket", "ListenFIFO", "ListenSpecial", "ListenNetlink", "ListenMessageQueue", "ListenUSBFunction"];

    /// <summary>Sets the keys of the socket, and wait.</summary>
    public static void Map(SystemdMapping mapping)
    {
        MapListen(mapping);
        if (!mapping.Accept)
        {
            mapping.File.Set(
                "wait",
                TomlValue.Of(true),
                "Accept=no: the program gets the listening socket, as descriptor 3 with LISTEN_FDS and also as 0");
        }

        if (mapping.Socket.Last("Accept") is { } accept)
        {
            mapping.Report.Mapped(accept.Place, "Accept", $"wait = {TomlValue.Of(!mapping.Accept)}");
        }

        if (!mapping.Accept && mapping.Socket.Last("Service") is { } service)
        {
            mapping.Report.Mapped(service.Place, "Service", "imported");
        }

        if (mapping.Socket.Last("FileDescriptorName") is { } name)
        {
            mapping.Report.Differs(name.Place, "FileDescriptorName", $"LISTEN_FDNAMES is the service's name here, {mapping.File.Name}");
        }

        MapOptions(mapping);
        MapLimits(mapping);
        SystemdAccess.Map(mapping);
    }

    private static void MapListen(SystemdMapping mapping)
    {
        var items = new List<string>();
        bool unix = false;
        foreach (UnitLine line in mapping.Socket.All("ListenStream").Concat(mapping.Socket.All("ListenDatagram")))
        {
            if (mapping.Fill(mapping.Socket, line) is not { } address)
            {
                continue;
            }

            (string? item, string? why) = Item(address, udp: line.Key == "ListenDatagram");
            if (item is not null)
            {
                items.Add(item);
                unix |= address[0] == '/';
            }

            if (why is null)
            {
                mapping.Report.Mapped(line.Place, line.Key, $"listen = {item}");
            }
            else
            {
                mapping.Stop(line, why);
            }
        }

        foreach (string kind in s_otherKinds)
        {
            if (mapping.Socket.Last(kind) is { } line)
            {
                mapping.Stop(line, Kinds);
            }
        }

        if (mapping.Socket.Last("SocketProtocol") is { } protocol)
        {
            if (protocol.Value == "mptcp")
            {
                mapping.Report.Differs(protocol.Place, protocol.Key, "plain TCP here, which the same clients speak");
            }
            else
            {
                mapping.Stop(protocol, Kinds);
            }
        }

        if (items.Count > 0)
        {
            mapping.File.Set("listen", ListenText.Of(items));
        }

        if (mapping.Socket.Last("BindIPv6Only") is { } only)
        {
            if (only.Value == "ipv6-only")
            {
                mapping.Set("v6only", TomlValue.Of(true), only);
            }
            else
            {
                mapping.Report.Mapped(only.Place, only.Key, "IPv4 too, which is the default");
            }
        }

        if (unix)
        {
            MapSocketFile(mapping);
        }
        else
        {
            foreach (string key in (string[])["SocketMode", "SocketUser", "SocketGroup", "DirectoryMode"])
            {
                if (mapping.Socket.Last(key) is { } line)
                {
                    mapping.Report.Mapped(line.Place, key, "without meaning: no address is a path");
                }
            }
        }
    }

    /// <summary>An item of listen as TOML, and why it is not what the unit says; the item is null when superd has none.</summary>
    private static (string? Toml, string? Why) Item(string value, bool udp)
    {
        if (ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return (ListenText.Of(udp, address: null, port), null);
        }

        if (value[0] is '/' or '@')
        {
            return udp ? (null, $"a Unix-domain datagram socket: {Kinds}") : (TomlValue.Of("unix:" + value), null);
        }

        if (value.StartsWith("vsock:", StringComparison.Ordinal))
        {
            return (null, $"a socket of vsock(7): {Kinds}");
        }

        if (value.Contains('%'))
        {
            return (null, "listen takes no interface behind '%'; write the address without it, or several addresses");
        }

        int colon = value.LastIndexOf(':');
        if (!ushort.TryParse(value.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port))
        {
            return (null, $"'{value[(colon + 1)..]}' is no port from 0 to 65535; write listen");
        }

        string host = value[..colon]; // without a colon it would be a port
        string plain = host is ['[', .., ']'] ? host[1..^1] : host;
        return AddressRanges.TryParse(plain, out IPAddress? address) && plain.Contains(':') == (plain != host)
            ? (ListenText.Of(udp, address, port), null)
            : (ListenText.Of(udp, IPAddress.Loopback, port),
                $"'{host}' is no address, for systemd neither; write one into listen, where 127.0.0.1 stands");
    }

    private static void MapSocketFile(SystemdMapping mapping)
    {
        if (mapping.Socket.Last("SocketMode") is { } mode)
        {
            mapping.Set("socket_mode", TomlValue.Of(mode.Value), mode);
        }
        else
        {
            mapping.File.Set("socket_mode", TomlValue.Of("0666"), "systemd's default");
        }

        UnitLine? user = mapping.Socket.Last("SocketUser");
        UnitLine? group = mapping.Socket.Last("SocketGroup");
        if ((user ?? group) is not null)
        {
            string owner = mapping.Fill(mapping.Socket, user) + (group is null ? "" : ":" + mapping.Fill(mapping.Socket, group));
            mapping.File.Set("socket_owner", TomlValue.Of(owner));
            foreach (UnitLine? line in (UnitLine?[])[user, group])
            {
                if (line is not null)
                {
                    mapping.Report.Mapped(line.Place, line.Key, $"socket_owner = \"{owner}\"");
                }
            }
        }
    }

    private static void MapOptions(SystemdMapping mapping)
    {
        if (mapping.Number(mapping.Socket, "Backlog", 1, int.MaxValue) is var (backlog, most))
        {
            mapping.Set("backlog", TomlValue.Of(most), backlog);
        }

        if (mapping.Socket.Last("NoDelay") is { } noDelay)
        {
            mapping.Set("nodelay", TomlValue.Of(mapping.Socket.Flag("NoDelay", otherwise: false)), noDelay);
        }

        MapKeepAlive(mapping);
    }

    /// <summary>The times, which mean nothing while KeepAlive= is off. It is on by default here.</summary>
    private static void MapKeepAlive(SystemdMapping mapping)
    {
        UnitLine? flag = mapping.Socket.Last("KeepAlive");
        bool isOn = mapping.Socket.Flag("KeepAlive", otherwise: flag is null);
        var items = new List<string>();
        foreach ((string name, string key) in s_keepAlive)
        {
            if (mapping.Socket.Last(name) is not { } line)
            {
                continue;
            }

            if (!isOn)
            {
                mapping.Report.Mapped(line.Place, name, "without meaning for KeepAlive=no, there and here");
            }
            else if (KeepAliveValue(key, line.Value) is { } value)
            {
                items.Add($"{key} = {value}");
                mapping.Report.Mapped(line.Place, name, $"keepalive.{key} = {value}");
            }
            else
            {
                mapping.NotMapped(line, $"'{line.Value}' is not within the limits of the kernel");
            }
        }

        if (flag is not null || items.Count > 0)
        {
            string value = items.Count > 0 ? $"{{ {string.Join(", ", items)} }}" : TomlValue.Of(isOn);
            mapping.File.Set("keepalive", value);
            if (flag is not null)
            {
                mapping.Report.Mapped(flag.Place, flag.Key, $"keepalive = {value}");
            }
        }
    }

    private static string? KeepAliveValue(string key, string text)
    {
        if (key == "probes")
        {
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int probes)
                && probes is > 0 and <= TcpKeepAlive.MostProbes ? TomlValue.Of(probes) : null;
        }

        // The kernel counts whole seconds.
        long seconds = ((SystemdValue.Milliseconds(text) ?? 0) + 999) / 1000;
        return seconds is > 0 and <= TcpKeepAlive.MostSeconds ? TomlValue.Of(Duration.ToText(TimeSpan.FromSeconds(seconds))) : null;
    }

    private static void MapLimits(SystemdMapping mapping)
    {
        if (!mapping.Accept)
        {
            foreach (string key in (string[])["MaxConnections", "MaxConnectionsPerSource"])
            {
                if (mapping.Socket.Last(key) is { } line)
                {
                    mapping.Report.Mapped(line.Place, key, "without meaning for Accept=no, there and here");
                }
            }
        }
        else
        {
            if (mapping.Number(mapping.Socket, "MaxConnections", 1, int.MaxValue) is var (connections, most))
            {
                mapping.Set("instances", TomlValue.Of(most), connections);
            }
            else
            {
                mapping.File.Set(
                    "instances",
                    TomlValue.Of(DefaultConnections),
                    "MaxConnections=64 is systemd's default; delete the line for no limit");
            }

            if (mapping.Socket.Last("MaxConnectionsPerSource") is { Value: "0" } none)
            {
                mapping.Report.Mapped(none.Place, none.Key, "no limit, which is the default");
            }
            else if (mapping.Number(mapping.Socket, "MaxConnectionsPerSource", 1, int.MaxValue) is var (source, perSource))
            {
                mapping.Set("per_source", TomlValue.Of(perSource), source);
                UsualKeys.SetSourcePrefix(mapping.File, "systemd");
            }
        }

        MapTrigger(mapping);
    }

    /// <summary>The trigger limit: after too many activations in an interval, systemd stops the socket until it is restarted.</summary>
    private static void MapTrigger(SystemdMapping mapping)
    {
        const int DefaultMilliseconds = 2000;
        UnitLine? interval = mapping.Socket.Last("TriggerLimitIntervalSec");
        UnitLine? burst = mapping.Socket.Last("TriggerLimitBurst");
        if ((burst ?? interval) is not { } line)
        {
            return;
        }

        long? milliseconds = interval is null ? DefaultMilliseconds : SystemdValue.Milliseconds(interval.Value);
        int most = mapping.Accept ? 200 : 20; // systemd's defaults
        if (milliseconds is null
            || (burst is not null && !int.TryParse(burst.Value, NumberStyles.None, CultureInfo.InvariantCulture, out most)))
        {
            return; // not a time or not a number: reported as a value without counterpart
        }

        if (milliseconds == 0 || most is 0 or > 1_000_000)
        {
            foreach (UnitLine? limit in (UnitLine?[])[burst, interval])
            {
                if (limit is not null)
                {
                    mapping.Report.Mapped(limit.Place, limit.Key, "no limit, which is the default");
                }
            }

            return;
        }

        long perMinute = Math.Clamp(most * 60_000L / milliseconds.Value, 1, 1_000_000);
        string rate = perMinute % 60 == 0 ? $"{perMinute / 60}/s burst {most}" : $"{perMinute}/min burst {most}";
        mapping.Set(
            "rate",
            TomlValue.Of(rate),
            line,
            "when more come, systemd gives the socket up until it is restarted; superd refuses only what is too much");
        if (interval is not null && interval != line)
        {
            mapping.Report.Mapped(interval.Place, interval.Key, $"rate = \"{rate}\"");
        }
    }
}
