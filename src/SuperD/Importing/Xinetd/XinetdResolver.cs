using System.Globalization;
using SuperD.Configuration;

namespace SuperD.Importing.Xinetd;

/// <summary>Turns entries into services: copies and fills in defaults, applies += and -=, and disables services, as xinetd does.</summary>
/// <remarks>
/// A service takes only_from, no_access and the banners only from defaults that precede it, because xinetd copies them when it reads the
/// service. It fills in everything else after all entries are read. If an attribute has two lines the first counts, except for sets. In
/// defaults the <c>=</c> of a set adds to it.
/// </remarks>
/// <param name="report">Receives the outcomes of lines.</param>
/// <param name="unread">What was not read, and may have narrowed every service: each is disabled with these reasons.</param>
internal sealed class XinetdResolver(ImportReport report, IReadOnlyList<(SourceLine Place, string What)> unread)
{
    private readonly Dictionary<string, XinetdValue> _defaults = [];
    private readonly List<XinetdIgnoredLine> _ignoredDefaults = [];
    private readonly HashSet<string> _filesWithDefaults = [];
    private readonly List<(SourceLine Place, string What)> _unread = [.. unread];

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
                LoseDefaults(entry, defect);
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
            service.WhyOff.AddRange(_unread.Select(one =>
                $"{one.Place}: {one.What}: xinetd runs the service without what that may say, which may narrow it; mend or delete "
                + "that line and import again"));
        }

        return services;
    }

    /// <summary>Remembers defaults that xinetd drops or ignores, if they would narrow who may come in.</summary>
    private void LoseDefaults(XinetdEntry entry, string why)
    {
        if (entry.Service is null
            && entry.Lines.Exists(line => XinetdAttributes.Find(line.Name) is { Weight: ImportWeight.NarrowsAccess } row
                && row.Is(XinetdTraits.Defaults)))
        {
            _unread.Add((entry.Place, $"{entry}: {why}"));
        }
    }

    private void ReadDefaults(XinetdEntry entry)
    {
        if (!_filesWithDefaults.Add(entry.Place.File))
        {
            const string Second = "the second of its file, which xinetd ignores";
            report.Wrong(entry.Place, entry.ToString(), Second);
            report.Covered(entry.Places);
            LoseDefaults(entry, Second);
            return;
        }

        foreach (XinetdLine line in entry.Lines)
        {
            if (IsInert(line))
            {
                continue;
            }

            if (Ignored(line, XinetdTraits.Defaults) is { } ignored)
            {
                _ignoredDefaults.Add(ignored);
                string off = ignored.NarrowsAccess ? "; here a service that has none of its own is off (enabled = false)" : "";
                report.Wrong(line.Place, line.Name, ignored.What + off);
            }
            else if (IsGood(line, XinetdTraits.Defaults, service: null))
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
        var ignoredLines = new List<XinetdIgnoredLine>();
        foreach (XinetdLine line in entry.Lines)
        {
            if (Ignored(line, XinetdTraits.Service) is { } ignored)
            {
                ignoredLines.Add(ignored);
            }
            else if (IsGood(line, XinetdTraits.Service, service))
            {
                string name = Canonical(line.Name);
                if (own.Add(name) && line.Operator == "=")
                {
                    service.Values.Remove(name);
                }

                Store(service.Values, line, fromDefaults: false);
            }
        }

        foreach (XinetdIgnoredLine ignored in ignoredLines)
        {
            bool isLost = !own.Contains(Canonical(ignored.Line.Name));
            string off = isLost && ignored.NarrowsAccess ? "; here it is off (enabled = false)" : "";
            report.Wrong(ignored.Line.Place, ignored.Line.Name, ignored.What + off);
            if (isLost)
            {
                Lose(service, ignored);
            }
        }

        if (entry.HasCarriageReturns)
        {
            report.Wrong(
                entry.Place,
                entry.ToString(),
                "its lines end in CR LF: xinetd takes the CR for a part of each last word and does not start it; convert the file with "
                + $"sed -i 's/\\r$//' {Wording.Path(entry.Place.File)}");
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

        if (row.Words == 0 && line.Words.Any(word => word.StartsWith('#')))
        {
            string comment = string.Join(' ', line.Words.SkipWhile(word => !word.StartsWith('#')));
            report.Differs(line.Place, line.Name, $"'{comment}' is no comment to xinetd: a comment must be a line of its own");
        }

        return true;
    }

    /// <summary>The line with its attribute if xinetd ignores it because of the number of its values; otherwise null.</summary>
    private static XinetdIgnoredLine? Ignored(XinetdLine line, XinetdTraits place) =>
        line.Operator == "=" && XinetdAttributes.Find(line.Name) is { Words: > 0 } row && row.Is(place) && line.Words.Length != row.Words
            ? new XinetdIgnoredLine(line, row)
            : null;

    /// <summary>Whether the line has no effect in defaults, which is reported.</summary>
    private bool IsInert(XinetdLine line)
    {
        if (XinetdAttributes.Find(line.Name)?.Is(XinetdTraits.Inert) != true)
        {
            return false;
        }

        const string Inert = "without effect in defaults, there and here";
        if (line.Words is [var first, ..] && first.Equals("no", StringComparison.OrdinalIgnoreCase))
        {
            report.Mapped(line.Place, line.Name, Inert);
        }
        else
        {
            report.Differs(line.Place, line.Name, $"{Inert}; write it into the file of each service that it was meant for");
        }

        return true;
    }

    /// <summary>Does what the weight of an ignored line asks for; what narrows access is read as it was meant.</summary>
    private static void Lose(XinetdService service, XinetdIgnoredLine ignored)
    {
        string subject = $"{ignored.Text} ({ignored.Line.Place})";
        if (ignored.NarrowsProgram)
        {
            service.Warnings.Add((subject, $"{ignored.What}; if it was meant set {ignored.Row.Here} here"));
        }
        else if (ignored.NarrowsAccess)
        {
            string remedy = ignored.Meant is null ? $"write {ignored.Row.Here} and delete enabled = false"
                : "here it was read as it was meant, so delete enabled = false if that is right";
            service.WhyOff.Add($"{subject}: {ignored.What}; {remedy}");
            if (ignored.Meant is { } meant)
            {
                service.Values[Canonical(ignored.Line.Name)] = new XinetdValue(meant);
            }
        }
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
        foreach (XinetdIgnoredLine ignored in _ignoredDefaults)
        {
            string name = Canonical(ignored.Line.Name);
            if (!_defaults.ContainsKey(name) && !service.Values.ContainsKey(name))
            {
                Lose(service, ignored);
            }
        }

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
