namespace SuperD.Cli.Manual;

/// <summary>The manual pages of the two kinds of files: superd.toml(5) and superd-service(5).</summary>
internal static class KeyManual
{
    public static RoffPage Server()
    {
        var page = new RoffPage(ManualPages.Server, 5, "configuration of superd");
        page.Section("SYNOPSIS");
        page.Paragraph("./superd.toml, /etc/superd/superd.toml");
        page.Section("DESCRIPTION");
        page.Paragraph("superd.toml is a TOML file. It names the directory of the service files, sets the log and the console, and holds "
            + "in [defaults] the values for all services. Without -c FILE superd reads ./superd.toml, or if there is none, "
            + "/etc/superd/superd.toml. The order of keys never matters, a relative path starts at the directory of the file it is "
            + "written in, and an unknown key is an error.");
        page.Section("KEYS");
        AddEntries(page, KeyReference.ServerKeys);
        AddValues(page);
        page.Section("EXAMPLE");
        page.Example("services = \"services.d\"", "", "[log]", "level = \"info\"", "", "[defaults]", "instances = 40");
        page.Section("SEE ALSO");
        page.Paragraph("superd(8), superd-service(5)");
        return page;
    }

    public static RoffPage Service()
    {
        var page = new RoffPage(ManualPages.Service, 5, "a service of superd");
        page.Section("SYNOPSIS");
        page.Paragraph("services.d/NAME.toml");
        page.Section("DESCRIPTION");
        page.Paragraph("Each NAME.toml in the directory of the service files is the service NAME. It has exactly one of exec, builtin, "
            + "redirect and sensor, and an address to listen at. Keys marked * may also stand in [defaults] of superd.toml(5), for every "
            + "service that does not set them itself.");
        page.Section("KEYS");
        AddEntries(page, KeyReference.ServiceKeys);
        AddValues(page);
        page.Section("EXAMPLE");
        page.Example(
            "# services.d/han.toml",
            "listen    = 9003",
            "exec      = \"/usr/local/lib/han\"",
            "user      = \"nobody\"",
            "instances = 40");
        page.Section("SEE ALSO");
        page.Paragraph("superd(8), superd.toml(5)");
        return page;
    }

    private static void AddEntries(RoffPage page, IEnumerable<KeyEntry> entries)
    {
        foreach (KeyEntry entry in entries)
        {
            string @default = entry.Key.Default.Length > 0 ? $"; default: {entry.Key.Default}" : "";
            page.Item(entry.IsShared ? entry.Name + "*" : entry.Name, $"({entry.Key.Type}{@default})", entry.Help);
            page.ItemExample(entry.Example);
        }
    }

    private static void AddValues(RoffPage page)
    {
        page.Section("VALUES");
        page.Paragraph(KeyReference.Durations);
        page.Paragraph(KeyReference.Sizes);
    }
}
