namespace SuperD.Importing.Xinetd;

/// <summary>libwrap: xinetd asks hosts.allow and hosts.deny for every client, unless <c>flags = NOLIBWRAP</c>; superd does not.</summary>
internal static class XinetdLibwrap
{
    /// <summary>Disables the service if a rule can refuse one of its clients.</summary>
    public static void Map(XinetdMapping mapping, LibwrapRules rules)
    {
        string daemon = Daemon(mapping);
        bool asks = !mapping.Service.HasWord("flags", "NOLIBWRAP") && mapping.Kind != XinetdKind.Sensor;
        foreach ((SourceLine file, string why) in asks ? rules.Unread : [])
        {
            mapping.Report.NotMapped(file, $"libwrap of {mapping.File.Name}", why);
            mapping.File.Lose(ImportWeight.NarrowsAccess, "libwrap", file, why);
        }

        SourceLine[] refusals = asks ? [.. rules.RefusalsOf(daemon)] : [];
        foreach (SourceLine rule in refusals)
        {
            string why = $"xinetd asks this rule about clients of '{daemon}', superd does not; move it to only_from and no_access, "
                + "or keep it with exec = [\"/usr/sbin/tcpd\", ARGUMENTS] and argv0 = \"PATH OF THE PROGRAM\"";
            mapping.Report.NotMapped(rule, $"libwrap of {mapping.File.Name}", why);
            mapping.File.Lose(ImportWeight.NarrowsAccess, "libwrap", rule, why);
        }

        if (mapping.Has("libwrap", out XinetdValue? name))
        {
            string fate = refusals.Length > 0 ? "enabled = false" : "left out: no rule can refuse a client of that name";
            mapping.Differs("libwrap", name, fate);
        }
    }

    private static string Daemon(XinetdMapping mapping)
    {
        if (mapping.Has("libwrap", out XinetdValue? name))
        {
            return name.Word;
        }

        if (mapping.Kind != XinetdKind.Program)
        {
            return mapping.Service.Name;
        }

        if (mapping.Service.HasWord("flags", "NAMEINARGS")
            && mapping.Has("server_args", out XinetdValue? arguments)
            && arguments.Words.Length > 0)
        {
            return Path.GetFileName(arguments.Word);
        }

        return mapping.Has("server", out XinetdValue? server) ? Path.GetFileName(server.Word) : mapping.Service.Id;
    }
}
