namespace SuperD.Importing.Xinetd;

/// <summary>The banners, log_type, and the words of log_on_success and log_on_failure.</summary>
internal static class XinetdTexts
{
    private const string Userid = "USERID";

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

        MapLogType(mapping);
        MapLog(mapping, "log_on_success");
        MapLog(mapping, "log_on_failure");
        if (mapping.Has("log_on_success", out XinetdValue? success)
            && success.PlacesOf("TRAFFIC").ToList() is { Count: > 0 } traffic
            && mapping.Kind != XinetdKind.Redirect)
        {
            mapping.File.TurnOff(
                $"TRAFFIC in log_on_success ({string.Join(", ", traffic)}) keeps xinetd from starting any service but "
                + "a redirect; delete the line below if that was not known");
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

    /// <summary>superd has one log, whose target stands in superd.toml.</summary>
    private static void MapLogType(XinetdMapping mapping)
    {
        if (!mapping.Has("log_type", out XinetdValue? value))
        {
            return;
        }

        string? target = value.Words.FirstOrDefault()?.ToUpperInvariant() switch
        {
            "SYSLOG" => "syslog",
            "FILE" when value.Words.Length > 1 => $"file:{value.Words[1]}",
            _ => null,
        };
        string here = target is null ? "" : $"; here that is log = {{ target = {TomlValue.Of(target)} }}";
        mapping.Differs("log_type", value, XinetdAttributes.Find("log_type")!.Note + here); // a row of the table
    }

    private static void MapLog(XinetdMapping mapping, string attribute)
    {
        if (!mapping.Has(attribute, out XinetdValue? value))
        {
            return;
        }

        XinetdAttribute row = XinetdAttributes.Find(attribute)!; // a row of the table
        mapping.Mapped(attribute, value, row.Note);
        if (value.Words.Contains(Userid, StringComparer.OrdinalIgnoreCase))
        {
            mapping.NotMapped(attribute, value, Userid, row.Weight, $"{UsualKeys.NoIdent}; the rest is always in superd's log");
        }
    }
}
