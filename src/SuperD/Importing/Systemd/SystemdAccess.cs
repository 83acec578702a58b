using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SuperD.Importing.Systemd;

/// <summary>IPAddressAllow= and IPAddressDeny= of the socket unit and its slices, which systemd adds up: who may connect.</summary>
/// <remarks>
/// In systemd IPAddressAllow= wins whatever is more exact, and who is in no list may connect. In superd the longest match of only_from
/// and no_access decides, and with only_from nobody else may connect. So only_from gets all addresses of a family that is not denied as a
/// whole, and a denied range inside an allowed one is left out.
/// </remarks>
internal static class SystemdAccess
{
    /// <summary>The directives.</summary>
    public const string Allow = "IPAddressAllow", Deny = "IPAddressDeny";

    private static readonly IPNetwork[] s_everybody = [IPNetwork.Parse("0.0.0.0/0"), IPNetwork.Parse("::/0")];

    /// <summary>Sets only_from and no_access.</summary>
    public static void Map(SystemdMapping mapping)
    {
        UnitLine[] lines = [.. All(mapping, Allow), .. All(mapping, Deny)];
        if (lines.Length == 0)
        {
            return;
        }

        string listen = mapping.File["listen"] ?? "";
        bool isUnixOnly = listen.Length > 0 && !listen.Split(", ").Any(item => !item.Contains("unix:", StringComparison.Ordinal));
        if (isUnixOnly || !All(mapping, Deny).Any())
        {
            Report(
                mapping,
                lines,
                isUnixOnly ? "without meaning for Unix-domain sockets" : "without IPAddressDeny= everybody may connect, there and here");
        }
        else if (!mapping.Accept)
        {
            foreach (UnitLine line in lines)
            {
                mapping.NotMapped(
                    line,
                    "with Accept=no the program takes its clients by itself, and superd does not see all that come: let a firewall do it");
            }
        }
        else
        {
            Write(mapping, lines, isMixed: listen.Contains("unix:", StringComparison.Ordinal));
        }
    }

    private static IEnumerable<UnitLine> All(SystemdMapping mapping, string directive) =>
        mapping.SocketSlices.Prepend(mapping.Socket).SelectMany(unit => unit.All(directive));

    private static void Write(SystemdMapping mapping, UnitLine[] lines, bool isMixed)
    {
        List<IPNetwork> allowed = Ranges(mapping, Allow);
        List<IPNetwork> denied = Ranges(mapping, Deny);
        denied.RemoveAll(range => allowed.Exists(wider => AddressRanges.IsWithin(range, wider)));
        IPNetwork[] closed = [.. s_everybody.Where(denied.Contains)];
        denied.RemoveAll(range => closed.Any(all => range.BaseAddress.AddressFamily == all.BaseAddress.AddressFamily));
        if (denied.Count > 0)
        {
            mapping.File.Set("no_access", AddressRanges.ToToml(denied));
        }

        bool isOpen = closed.Length == 0 && !allowed.Exists(range => denied.Exists(wider => AddressRanges.IsWithin(range, wider)));
        if (!isOpen)
        {
            string[] items =
            [
                .. s_everybody.Except(closed).Concat(allowed).Distinct().Select(AddressRanges.Text),
                .. isMixed ? ["uid:*"] : Array.Empty<string>(),
            ];
            mapping.File.Set("only_from", TomlValue.Of(items, oneAlone: true), items.Length == 0 ? "nobody" : null);
        }

        string keys = (isOpen, denied.Count > 0) switch
        {
            (true, true) => "no_access",
            (false, true) => "only_from and no_access",
            (false, false) => "only_from",
            _ => "left out: what is denied is allowed too",
        };
        Report(mapping, lines, keys);
        UnitLine[] ofSlices = [.. lines.Where(line => !mapping.Socket.Lines.Contains(line))];
        if (ofSlices.Length > 0)
        {
            string texts = string.Join(", ", ofSlices.Select(line => $"{line.Key}={line.Value} ({line.Place})"));
            mapping.File.Remark($"{keys}: with what the slices of {mapping.Socket.Name} say: {texts}");
        }
    }

    private static void Report(SystemdMapping mapping, UnitLine[] lines, string here)
    {
        foreach (UnitLine line in lines)
        {
            mapping.Report.Mapped(line.Place, line.Key, here);
        }
    }

    /// <summary>The ranges of a list; a word that is none is reported, and disables the service.</summary>
    private static List<IPNetwork> Ranges(SystemdMapping mapping, string directive)
    {
        var ranges = new List<IPNetwork>();
        foreach (UnitLine line in All(mapping, directive))
        {
            foreach (string word in line.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                IPNetwork[] found = RangesOf(word);
                ranges.AddRange(found);
                if (found.Length == 0)
                {
                    mapping.NotMapped(line, $"'{word}' is neither an address nor a range");
                }
            }
        }

        return ranges;
    }

    private static IPNetwork[] RangesOf(string word)
    {
        switch (word)
        {
            case "any":
                return s_everybody;
            case "localhost":
                return [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")];
            case "link-local":
                return [IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("fe80::/64")];
            case "multicast":
                return [IPNetwork.Parse("224.0.0.0/4"), IPNetwork.Parse("ff00::/8")];
        }

        string[] parts = word.Split('/');
        if (!AddressRanges.TryParse(parts[0], out IPAddress? address))
        {
            return [];
        }

        int most = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        int length = most;
        bool isRange = parts.Length <= 2
            && (parts.Length == 1 || int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out length))
            && length <= most;
        return isRange ? [AddressRanges.Of(address, length)] : [];
    }
}
