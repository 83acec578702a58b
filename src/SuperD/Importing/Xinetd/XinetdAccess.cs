using System.Globalization;
using System.Net;

namespace SuperD.Importing.Xinetd;

/// <summary>only_from, no_access and access_times: who may connect, and when.</summary>
/// <remarks>
/// An import must never admit a client that xinetd refuses. An item that cannot be written as addresses is left out of only_from, which
/// makes it stricter, but in no_access it disables the service. In xinetd no_access always wins, while superd lets the longest match
/// decide; so an item of only_from inside an item of no_access, which never admitted anyone, is left out.
/// </remarks>
internal static class XinetdAccess
{
    /// <summary>Sets the keys of admission.</summary>
    public static void Map(XinetdMapping mapping)
    {
        if (mapping.Kind == XinetdKind.Sensor)
        {
            mapping.LeaveOut(
                "a sensor refuses everybody; sensor = { time = \"10m\", exempt = [...] } spares some",
                "only_from",
                "no_access",
                "access_times");
            return;
        }

        MapTimes(mapping);
        bool allows = mapping.Has("only_from", out XinetdValue? onlyFrom);
        bool denies = mapping.Has("no_access", out XinetdValue? noAccess);
        if (!allows && !denies)
        {
            return;
        }

        if (mapping.IsWait && !mapping.IsDatagram)
        {
            ReadOnlySpan<(string, XinetdValue?)> lists = [("only_from", onlyFrom), ("no_access", noAccess)];
            foreach ((string name, XinetdValue? value) in lists)
            {
                if (value is not null)
                {
                    mapping.NotMapped(
                        name,
                        value,
                        "with wait the program takes its clients by itself, and superd does not see who comes: let a firewall do it "
                        + "(xinetd does not see it either, and refuses everybody)");
                }
            }

            return;
        }

        List<IPNetwork> denied = denies ? Ranges(mapping, "no_access", noAccess!, out string? oddDenied) : Nothing(out oddDenied);
        if (denied.Count > 0)
        {
            mapping.Set("no_access", AddressRanges.ToToml(denied), "no_access", noAccess!, oddDenied, isReported: true);
        }
        else if (denies)
        {
            mapping.Mapped("no_access", noAccess!, "no addresses, so nothing");
        }

        if (allows)
        {
            List<IPNetwork> allowed = Ranges(mapping, "only_from", onlyFrom!, out string? odd);
            List<IPNetwork> never = allowed.FindAll(range => denied.Exists(wider => AddressRanges.IsWithin(range, wider)));
            if (never.Count > 0)
            {
                allowed.RemoveAll(never.Contains);
                string items = string.Join(", ", never.Select(AddressRanges.Text));
                string why = $"without {items}, which no_access denies in xinetd, whatever is more exact";
                mapping.Report.Differs(onlyFrom!.Place, "only_from", why);
                odd = Join(odd, why);
            }

            if (allowed.Count == 0)
            {
                mapping.Report.Differs(onlyFrom!.Place, "only_from", "nobody");
                odd = Join(odd, "nobody");
            }

            mapping.Set("only_from", AddressRanges.ToToml(allowed), "only_from", onlyFrom!, odd, isReported: true);
        }
    }

    private static List<IPNetwork> Nothing(out string? odd)
    {
        odd = null;
        return [];
    }

    /// <summary>The address ranges of a list; reports the items that have none.</summary>
    /// <param name="odd">A comment on the items that mean more or less than they seem to.</param>
    private static List<IPNetwork> Ranges(XinetdMapping mapping, string attribute, XinetdValue value, out string? odd)
    {
        odd = null;
        var ranges = new List<IPNetwork>();
        var commented = new HashSet<SourceLine>();
        foreach ((string word, SourceLine source) in value.Items)
        {
            if (word.StartsWith('#'))
            {
                commented.Add(source);
            }

            if (word.Contains(',') && !word.Contains('{'))
            {
                mapping.Wrong(attribute, value, $"'{word}' has a comma, and xinetd does not start the service", word);
                continue;
            }

            XinetdAddress item = AsSeen(mapping, XinetdAddress.Parse(word, denies: attribute == "no_access"));
            ranges.AddRange(item.Ranges.Where(range => !ranges.Contains(range)));
            if (item.Problem is not null && commented.Contains(source))
            {
                // One note says that this is no comment.
                if (attribute == "no_access")
                {
                    mapping.File.TurnOff(
                        $"{attribute} ({source}): xinetd takes the words behind '#' for names of clients; delete the line below if they "
                        + "are a comment");
                }
            }
            else if (item.Problem is { } problem)
            {
                // Without the word only_from is stricter than before, which loses nothing that protects.
                string how = attribute == "no_access"
                    ? $"{problem}; without it a client might connect that should not: write addresses and delete the line below"
                    : problem;
                ImportWeight weight = attribute == "no_access" ? ImportWeight.NarrowsAccess : ImportWeight.ChangesBehaviour;
                mapping.NotMapped(attribute, value, word, weight, how);
                mapping.File.Remark($"'{word}' of {attribute} ({string.Join(", ", value.PlacesOf(word))}) is not imported: {problem}");
            }
            else if (item.Odd is { } oddity)
            {
                foreach (SourceLine place in value.PlacesOf(word))
                {
                    mapping.Report.Differs(place, attribute, $"'{word}' {oddity}");
                }

                odd = Join(odd, $"'{word}' {oddity}");
            }
        }

        return ranges;
    }

    /// <summary>An item with the IPv4 clients it matches in xinetd, whose socket of both families sees them as ::ffff:0:0/96.</summary>
    private static XinetdAddress AsSeen(XinetdMapping mapping, XinetdAddress item)
    {
        if (item.Ranges is not [var range] || AddressRanges.MappedOf(range) is not { } mapped)
        {
            return item;
        }

        // Only IPv4 addresses of listen, one or an array, have dots and no brackets.
        string listen = (mapping.File["listen"] ?? "").TrimStart('[');
        bool isV4Only = listen.Contains('.') && !listen.Contains('[');
        bool isWider = range.PrefixLength < 96;
        IPNetwork[] seen = [.. isWider ? [range] : Array.Empty<IPNetwork>(), .. isV4Only ? Array.Empty<IPNetwork>() : [mapped]];
        string? odd = isV4Only
            ? isWider ? null : "matches nobody in xinetd on an IPv4 address"
            : $"holds IPv4 clients in xinetd, whose socket sees them as ::ffff:0:0/96, so {AddressRanges.Text(mapped)} is written";
        return item with { Ranges = seen, Odd = odd is null || item.Odd is null ? odd ?? item.Odd : $"{item.Odd}; {odd}" };
    }

    private static string? Join(string? first, string next) => first is null ? next : $"{first}; {next}";

    /// <summary>In xinetd a window includes its whole last minute; superd's windows end before the minute they name.</summary>
    private static void MapTimes(XinetdMapping mapping)
    {
        if (!mapping.Has("access_times", out XinetdValue? times))
        {
            return;
        }

        var windows = new List<string>();
        foreach (string word in times.Words)
        {
            string[] ends = word.Split('-');
            if (ends.Length != 2 || !TryMinute(ends[0], out int start) || !TryMinute(ends[1], out int end) || start >= end)
            {
                mapping.Wrong("access_times", times, $"'{word}' is not HH:MM-HH:MM of one day, up to 23:59", word);
                continue;
            }

            windows.Add($"{Clock(start)}-{Clock(end + 1)}");
        }

        if (windows.Count > 0)
        {
            mapping.Set(
                "access_times",
                TomlValue.Of(windows),
                "access_times",
                times,
                "xinetd's windows include the whole last minute, superd's end before it");
        }
    }

    private static bool TryMinute(string text, out int minute)
    {
        string[] parts = text.Split(':');
        minute = 0;
        if (parts.Length != 2
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int hours)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minutes))
        {
            return false;
        }

        minute = (hours * 60) + minutes;
        return hours < 24 && minutes < 60;
    }

    private static string Clock(int minute) => string.Create(CultureInfo.InvariantCulture, $"{minute / 60:00}:{minute % 60:00}");
}
