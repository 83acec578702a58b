using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SuperD.Importing.Xinetd;

/// <summary>socket_type, protocol, port, bind, v6only and the address families of flags: the addresses of a service.</summary>
internal static class XinetdListen
{
    /// <summary>Sets listen, v6only and tcpmux.</summary>
    public static void Map(XinetdMapping mapping)
    {
        if (mapping.Has("socket_type", out XinetdValue? type))
        {
            mapping.Mapped("socket_type", type, $"listen, {mapping.Protocol}");
        }
        else if (!mapping.Has("protocol", out _))
        {
            mapping.Missing("socket_type and protocol are", "listen, which is TCP without udp://");
        }

        if (mapping.Has("protocol", out XinetdValue? protocol))
        {
            MapProtocol(mapping, protocol, type);
        }

        if (mapping.Service.IsMultiplexed)
        {
            UsualKeys.SetMultiplexed(mapping.File, plus: mapping.Service.HasWord("type", "TCPMUXPLUS"));
            if (!mapping.Has("port", out _))
            {
                return;
            }
        }

        if (Port(mapping) is not { } port)
        {
            return;
        }

        List<IPAddress?> addresses = Addresses(mapping);
        string toml = ListenText.Of([.. addresses.Select(address => ListenText.Of(mapping.IsDatagram, address, port))]);
        if (mapping.Has("port", out XinetdValue? written))
        {
            mapping.Set("listen", toml, "port", written, port == 0 ? "the kernel chooses the port; superd logs it" : null);
        }
        else
        {
            mapping.File.Set("listen", toml, $"'{mapping.Service.Name}' of {mapping.Host.PortNamesFile}");
        }

        MapV6Only(mapping, addresses);
    }

    /// <summary>Either attribute is enough for xinetd; of two that contradict each other it can make no socket.</summary>
    private static void MapProtocol(XinetdMapping mapping, XinetdValue protocol, XinetdValue? type)
    {
        if (type is null || protocol.Word.Equals(mapping.Protocol, StringComparison.OrdinalIgnoreCase))
        {
            mapping.Mapped("protocol", protocol, $"listen, {mapping.Protocol}");
            return;
        }

        mapping.Wrong(
            "protocol",
            protocol,
            $"{protocol.Word} does not go with socket_type = {type.Word}, so xinetd does not start it (\"Protocol not supported\"); "
            + $"listen is {mapping.Protocol.ToUpperInvariant()} here");
    }

    /// <summary>The port number; null when it is unknown, which is reported.</summary>
    private static int? Port(XinetdMapping mapping)
    {
        string name = mapping.Service.Name;
        bool unlisted = mapping.Service.HasWord("type", "UNLISTED") || mapping.Service.IsMultiplexed;
        int? listed = mapping.Ports.TryFind(mapping.Protocol, name, out int found) ? found : null;
        if (!mapping.Has("port", out XinetdValue? port))
        {
            if (listed is null)
            {
                string missing = $"'{name}' is not in {mapping.Host.PortNamesFile} for {mapping.Protocol}";
                mapping.Report.Wrong(
                    mapping.Service.Entry.Place,
                    mapping.Service.Entry.ToString(),
                    $"there is no port, and {missing}; xinetd does not start it, and superd needs listen");
                mapping.File.TurnOff($"{missing}; write listen");
            }

            return listed;
        }

        if (!ushort.TryParse(port.Word, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number))
        {
            mapping.Wrong("port", port, "a number from 0 to 65535 is needed");
            return null;
        }

        if (!unlisted && listed != number)
        {
            string why = listed is null
                ? $"'{name}' is not in {mapping.Host.PortNamesFile} for {mapping.Protocol}"
                : $"{mapping.Host.PortNamesFile} says {listed} for '{name}'";
            mapping.Report.Differs(
                mapping.Service.Entry.Place,
                mapping.Service.Entry.ToString(),
                $"{why} and type = UNLISTED is not there, so xinetd does not start it; the port is written, and enabled = false");
            mapping.File.TurnOff(
                $"{why}, so xinetd does not start it without type = UNLISTED; superd has no such rule, so delete the line below if it "
                + "shall run");
        }

        return number;
    }

    /// <summary>The addresses to bind; null is all of the machine. Only a line that xinetd ignores names several.</summary>
    private static List<IPAddress?> Addresses(XinetdMapping mapping)
    {
        if (mapping.Has("bind", out XinetdValue? bind) && bind.Words.Length > 1)
        {
            mapping.Mapped("bind", bind, "listen");
            return [.. bind.Words.Select(IPAddress.Parse)];
        }

        return [Address(mapping)];
    }

    /// <summary>The address to bind; null for all addresses of the machine.</summary>
    private static IPAddress? Address(XinetdMapping mapping)
    {
        bool v6 = mapping.Service.HasWord("flags", "IPv6");
        bool v4 = !v6 && mapping.Service.HasWord("flags", "IPv4");
        if (!mapping.Has("bind", out XinetdValue? bind))
        {
            return v4 ? IPAddress.Any : null;
        }

        if (IPAddress.TryParse(bind.Word, out IPAddress? address) && !bind.Word.StartsWith('['))
        {
            mapping.Mapped("bind", bind, "listen");
        }
        else
        {
            IReadOnlyList<IPAddress> found = mapping.Host.AddressesOf(bind.Word);
            AddressFamily wanted = v4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
            address = found.FirstOrDefault(one => one.AddressFamily == wanted) ?? (found.Count > 0 ? found[0] : null);
            if (address is null)
            {
                mapping.Wrong("bind", bind, "the name has no address; write one into listen");
                return null;
            }

            mapping.File.Remark(
                $"'{bind.Word}' of bind was {address} at the time of the import: xinetd looks it up when it starts, superd takes "
                + "addresses only");
            mapping.Differs("bind", bind, $"the name is written as its address of now, {address}");
        }

        if (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] is >= 224 and < 240)
        {
            mapping.NotMapped("bind", bind, "a multicast group, and superd joins none");
        }

        return address;
    }

    /// <summary>xinetd sets IPV6_V6ONLY whenever a service has the attribute, whatever its value; defaults have no effect.</summary>
    private static void MapV6Only(XinetdMapping mapping, List<IPAddress?> addresses)
    {
        if (!mapping.Has("v6only", out XinetdValue? v6Only))
        {
            return;
        }

        if (v6Only.Word.ToLowerInvariant() is not ("yes" or "no"))
        {
            mapping.Wrong("v6only", v6Only, "yes or no is needed");
        }
        else if (addresses.TrueForAll(address => address is { AddressFamily: AddressFamily.InterNetwork }))
        {
            mapping.Differs("v6only", v6Only, "without effect on an IPv4 address; left out");
        }
        else
        {
            bool inverted = v6Only.Word.Equals("no", StringComparison.OrdinalIgnoreCase);
            mapping.Set(
                "v6only",
                TomlValue.Of(true),
                "v6only",
                v6Only,
                inverted
                    ? "v6only = no closes the port to IPv4 in xinetd too, because it takes any value for yes; delete the line to "
                        + "accept IPv4"
                    : null);
        }
    }
}
