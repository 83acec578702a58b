namespace SuperD.Importing.Xinetd;

/// <summary>The banners, and the words of log_on_success and log_on_failure.</summary>
internal static class XinetdTexts
{
    /// <summary>Sets the banners and reports the log attributes.</summary>
    public static void Map(XinetdMapping mapping)
    {
        foreach (string banner in (string[])["banner", "banner_success", "banner_fail"])
        {
            if (mapping.Has(banner, out XinetdValue? value))
            {
                MapBanner(mapping, banner, value);
            }
        }

        MapLog(mapping, "log_on_success");
        MapLog(mapping, "log_on_failure");
        if (mapping.Service.HasWord("log_on_success", "TRAFFIC") && mapping.Kind != XinetdKind.Redirect)
        {
            mapping.File.TurnOff(
                "TRAFFIC in log_on_success keeps xinetd from starting any service but a redirect; delete the line below if that was not "
                + "known");
        }
    }

    private static void MapBanner(XinetdMapping mapping, string banner, XinetdValue value)
    {
        string? why = mapping.IsWait ? "with wait the program takes its clients by itself"
            : mapping.Kind == XinetdKind.Sensor ? "a sensor says nothing"
            : mapping.IsDatagram ? "over UDP there is no connection that a banner could begin"
            : null;
        if (why is not null)
        {
            mapping.NotMapped(banner, value, why);
        }
        else
        {
            mapping.Set(banner, $"{{ file = {TomlValue.Of(value.Word)} }}", banner, value);
        }
    }

    private static void MapLog(XinetdMapping mapping, string attribute)
    {
        if (!mapping.Has(attribute, out XinetdValue? value))
        {
            return;
        }

        XinetdAttribute row = XinetdAttributes.Find(attribute)!; // a row of the table
        if (value.Words.Contains("USERID", StringComparer.OrdinalIgnoreCase))
        {
            string note = XinetdAttributes.Find(XinetdAttributes.Flags, "IDONLY")!.Note;
            mapping.NotMapped(attribute, value, $"USERID: {note}; the rest is always in superd's log");
        }
        else
        {
            mapping.Mapped(attribute, value, row.Note);
        }
    }
}
