using System.Globalization;

namespace SuperD.Importing.Xinetd;

/// <summary>Turns entries into services: copies and fills in defaults, applies += and -=, and disables services, as xinetd does.</summary>
/// <remarks>
/// A service takes only_from, no_access and the banners only from defaults that precede it, because xinetd copies them when it reads the
/// service. It fills in everything else after all entries are read. If an attribute has two lines the first counts, except for sets. In
/// defaults the <c>=</c> of a set adds to it.
/// </remarks>
internal sealed class XinetdResolver(ImportReport report)
{
    private readonly Dictionary<string, XinetdValue> _defaults = [];
    private readonly HashSet<string> _filesWithDefaults = [];

    /// <summary>The services of the entries, in order.</summary>
    public List<XinetdService> Resolve(List<XinetdEntry> entries)
    {
        var services = new List<XinetdService>();
        foreach (XinetdEntry entry in entries)
        {
            if (entry.Defect is { } defect)
            {
                report.Wrong(entry.Place, entry.ToString(), $"{defect}: xinetd drops the whole entry, and so it was not imported");
                report.Covered(entry.Places);
            }
            else if (entry.Service is null)
            {
                ReadDefaults(entry);
            }
            else
            {
                services.Add(ReadService(entry));
            }
        }

        foreach (XinetdService service in services)
        {
            FillIn(service);
            SwitchOff(service);
        }

        return services;
    }

    private void ReadDefaults(XinetdEntry entry)
    {
        if (!_filesWithDefaults.Add(entry.Place.File))
        {
            report.Wrong(entry.Place, entry.ToString(), "the second of its file, which xinetd ignores");
            report.Covered(entry.Places);
            return;
        }

        foreach (XinetdLine line in entry.Lines)
        {
            if (IsGood(line, XinetdTraits.Defaults, service: null))
            {
                Store(_defaults, line, fromDefaults: true);
            }
        }
    }

    private XinetdService ReadService(XinetdEntry entry)
    {
        var service = new XinetdService(entry);
        foreach ((string name, XinetdValue value) in _defaults)
        {
            // Sets are copied now because += and -= change them; attributes that are neither are filled in later.
            if (XinetdAttributes.Find(name)!.Is(XinetdTraits.Early) || XinetdAttributes.Find(name)!.Is(XinetdTraits.Set))
            {
                service.Values[name] = value with { Merged = $"from defaults ({string.Join(", ", value.Places)})" };
            }
        }

        var own = new HashSet<string>();
        foreach (XinetdLine line in entry.Lines)
        {
            if (IsGood(line, XinetdTraits.Service, service))
            {
                string name = Canonical(line.Name);
                if (own.Add(name) && line.Operator == "=")
                {
                    service.Values.Remove(name);
                }

                Store(service.Values, line, fromDefaults: false);
            }
        }

        if (entry.HasCarriageReturns)
        {
            service.WhyOff.Add("its file has lines that end in CR LF, so that xinetd understands none of its attributes");
        }

        return service;
    }

    /// <summary>Whether xinetd accepts the line; if not, it is reported, and the service is disabled if xinetd does not start it.</summary>
    private bool IsGood(XinetdLine line, XinetdTraits place, XinetdService? service)
    {
        if (XinetdAttributes.Find(line.Name) is not { } row || !row.Is(place))
        {
            string where = place == XinetdTraits.Defaults ? "in defaults" : "of a service";
            report.Wrong(line.Place, line.Name, $"xinetd has no such attribute {where} and ignores it");
            return false;
        }

        if (line.Operator != "=" && (!row.Is(XinetdTraits.Set) || (line.Name == "env" && line.Operator == "-=")))
        {
            string whole = service is null ? "at all" : "the service";
            report.Wrong(line.Place, line.Name, $"'{line.Operator}' is not for this attribute; xinetd does not start {whole}");
            service?.WhyOff.Add($"'{line.Operator}' of {line.Place} is an error of xinetd's");
            return false;
        }

        if (row.Is(XinetdTraits.Filled) && line.Words.Length == 0)
        {
            string whole = service is null ? "at all" : "the service";
            report.Wrong(line.Place, line.Name, $"has no value; xinetd does not start {whole}");
            service?.WhyOff.Add($"{line.Name} of {line.Place} has no value, an error of xinetd's");
            return false;
        }

        if (row.Words > 0 && line.Words.Length != row.Words)
        {
            string plural = row.Words == 1 ? "" : "s";
            string comment = line.Words.Any(word => word.StartsWith('#')) ? " (a comment must be a line of its own)" : "";
            report.Wrong(
                line.Place,
                line.Name,
                $"takes {row.Words} value{plural}, found {line.Words.Length}{comment}; xinetd ignores the line");
            return false;
        }

        return true;
    }

    private void Store(Dictionary<string, XinetdValue> values, XinetdLine line, bool fromDefaults)
    {
        string name = Canonical(line.Name);
        bool isSet = XinetdAttributes.Find(name)!.Is(XinetdTraits.Set); // IsGood has found its row
        if (!values.TryGetValue(name, out XinetdValue? earlier))
        {
            values[name] = new XinetdValue(line);
        }
        else if (isSet && (fromDefaults || line.Operator != "="))
        {
            values[name] = earlier.With(line, fromDefaults);
        }
        else if (isSet)
        {
            report.Differs(earlier.Place, line.Name, $"replaced by the '=' of {line.Place}");
            values[name] = new XinetdValue(line);
        }
        else
        {
            report.Wrong(line.Place, line.Name, $"already set by {earlier.Place}; of two such lines xinetd takes the first");
        }
    }

    /// <summary>interface is a synonym of bind.</summary>
    private static string Canonical(string name) => name == "interface" ? "bind" : name;

    private void FillIn(XinetdService service)
    {
        foreach ((string name, XinetdValue value) in _defaults)
        {
            XinetdAttribute row = XinetdAttributes.Find(name)!;
            if (!row.Is(XinetdTraits.Service) || service.Values.ContainsKey(name))
            {
                continue;
            }

            if (row.Is(XinetdTraits.Early))
            {
                report.Differs(
                    value.Place,
                    name,
                    $"stands after service {service.Name} ({service.Entry.Place}), which therefore runs without it in xinetd, and so it "
                    + $"does here; write {row.Here} into its file if that was not meant");
            }
            else
            {
                string? merged = row.Is(XinetdTraits.Set) ? $"from defaults ({string.Join(", ", value.Places)})" : value.Merged;
                service.Values[name] = value with { Merged = merged };
            }
        }
    }

    private void SwitchOff(XinetdService service)
    {
        if (service.Has("disable", out XinetdValue? disable))
        {
            service.IsDisabled = disable.Word.Equals("yes", StringComparison.OrdinalIgnoreCase);
            if (service.IsDisabled)
            {
                service.WhyOff.Insert(0, string.Create(CultureInfo.InvariantCulture, $"disable = yes in line {disable.Place.Line}"));
                report.Mapped(disable.Place, "disable", "enabled = false");
            }
            else if (disable.Word.Equals("no", StringComparison.OrdinalIgnoreCase))
            {
                report.Mapped(disable.Place, "disable", "enabled, which is the default");
            }
            else
            {
                report.Wrong(disable.Place, "disable", $"yes or no, found '{disable.Word}'; xinetd does not start the service");
                service.WhyOff.Add($"disable = {disable.Word} is an error of xinetd's");
            }
        }

        if (_defaults.TryGetValue("enabled", out XinetdValue? enabled))
        {
            bool listed = enabled.Words.Contains(service.Id, StringComparer.OrdinalIgnoreCase);
            report.Mapped(enabled.Place, "enabled", "enabled = false in every service that is not named");
            if (!listed && !service.IsDisabled)
            {
                service.WhyOff.Add($"not among the enabled of defaults ({enabled.Place})");
            }
        }

        if (_defaults.TryGetValue("disabled", out XinetdValue? disabled))
        {
            report.Mapped(disabled.Place, "disabled", "enabled = false in the services it names");
            if (disabled.Words.Contains(service.Id, StringComparer.OrdinalIgnoreCase))
            {
                service.WhyOff.Add($"among the disabled of defaults ({disabled.Place})");
            }
        }
    }
}
