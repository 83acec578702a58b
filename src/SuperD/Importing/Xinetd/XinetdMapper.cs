using SuperD.Configuration;

namespace SuperD.Importing.Xinetd;

/// <summary>Maps an xinetd.conf to service files.</summary>
internal static class XinetdMapper
{
    private static readonly string[] s_goneBuiltins = ["servers", "services", "xadmin", "sensor"];

    /// <summary>Reads the file and what it includes, and reports the outcome of each line.</summary>
    /// <returns>The service files; or null and the problem when the file cannot be read, or is no configuration of xinetd.</returns>
    public static (List<ServiceFile>? Files, ImportProblem? Problem) Import(string file, ImportReport report, ImportHost host)
    {
        (List<XinetdEntry>? entries, ImportProblem? problem) = XinetdReader.Read(
            file, report, out IReadOnlyList<(SourceLine Place, string What)> unread);
        if (entries is null)
        {
            return (null, problem);
        }

        var files = new List<ServiceFile>();
        var names = new FileNames();
        var ports = new PortNames(host.PortNamesFile);
        var libwrap = new LibwrapRules(host);
        foreach (XinetdService service in new XinetdResolver(report, unread).Resolve(entries))
        {
            if (WhyImpossible(service) is { } why)
            {
                report.NotMapped(service.Entry.Place, service.Entry.ToString(), why);
                report.Covered(service.Entry.Places);
                continue;
            }

            // A client asks the builtin tcpmux for the service's name, not for its id.
            string wished = service.IsMultiplexed ? service.Name : service.Id;
            string name = names.Take(wished, service.HasWord("socket_type", "dgram") ? "udp" : "tcp");
            var serviceFile = new ServiceFile(name, $"From {service.Entry.Place}: xinetd's service {service.Name}");
            var mapping = new XinetdMapping(service, serviceFile, report, host, ports);
            Map(mapping, libwrap);
            files.Add(mapping.File);
        }

        string whyUnused = entries.Exists(entry => entry.Service is not null)
            ? "no service takes it: each says it by itself, or has no use for it"
            : "there is no service that could take it";
        entries.ForEach(entry => Account(entry, whyUnused, report));
        return (files, null);
    }

    private static void Map(XinetdMapping mapping, LibwrapRules libwrap)
    {
        XinetdService service = mapping.Service;
        service.WhyOff.ForEach(mapping.File.TurnOff);
        service.Warnings.ForEach(warning => mapping.File.Warn(warning.Subject, warning.Why));
        if (mapping.Has("id", out XinetdValue? id))
        {
            mapping.Mapped("id", id, $"the file's name, {mapping.File.Name}");
        }

        XinetdListen.Map(mapping);
        XinetdHandler.Map(mapping);
        XinetdProcess.Map(mapping);
        XinetdLimits.Map(mapping);
        XinetdAccess.Map(mapping);
        XinetdLibwrap.Map(mapping, libwrap);
        XinetdTexts.Map(mapping);
        XinetdWords.Map(mapping);

        // The table says why an attribute has no counterpart.
        foreach ((string name, XinetdValue value) in service.Values)
        {
            if (XinetdAttributes.Find(name) is { Here: XinetdAttribute.None } row)
            {
                mapping.NotMapped(name, value, row.Note);
            }

            foreach (string word in value.Words.Where(word => !SourceText.IsUtf8(word)))
            {
                mapping.NotMapped(name, value, word, ImportWeight.NarrowsAccess, SourceText.NotUtf8);
            }
        }
    }

    /// <summary>Why the service cannot become a service file; null when it can.</summary>
    private static string? WhyImpossible(XinetdService service)
    {
        if (service.HasWord("type", "RPC"))
        {
            return UsualKeys.NoRpc;
        }

        if (service.Has("socket_type", out XinetdValue? type) && type.Word.ToLowerInvariant() is not ("stream" or "dgram"))
        {
            return $"socket_type = {type.Word}: superd has TCP, UDP and Unix-domain sockets";
        }

        if (service.Has("protocol", out XinetdValue? protocol) && protocol.Word.ToLowerInvariant() is not ("tcp" or "udp"))
        {
            return $"protocol = {protocol.Word}: superd has TCP and UDP";
        }

        string name = service.Name.ToLowerInvariant(); // xinetd finds its builtins in any case
        if (!service.HasWord("type", "INTERNAL") || service.HasWord("flags", "SENSOR") || UsualKeys.Builtins.Contains(name))
        {
            return null;
        }

        return s_goneBuiltins.Contains(name)
            ? $"'{service.Name}' is no longer a part of xinetd, which does not start it either; superd has builtin = \"status\""
            : $"neither xinetd nor superd has a builtin '{service.Name}'";
    }

    /// <summary>Reports the lines that no other code has reported.</summary>
    private static void Account(XinetdEntry entry, string why, ImportReport report)
    {
        foreach (XinetdLine line in entry.Lines)
        {
            if (!report.Mentions(line.Place))
            {
                report.NotMapped(line.Place, line.Name, why);
            }
        }
    }
}
