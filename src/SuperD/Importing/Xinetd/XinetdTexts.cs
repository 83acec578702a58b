using System.Globalization;
using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Importing.Xinetd;

/// <summary>The banners, log_type, and the words of log_on_success and log_on_failure.</summary>
internal static class XinetdTexts
{
    private const string Userid = "USERID";

    private static readonly string[] s_facilities =
    [
        "daemon", "auth", "authpriv", "user", "mail", "lpr", "news", "uucp", "ftp",
        "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
    ];

    private static readonly string[] s_levels = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

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
        MapLog(mapping, "log_on_success", ["HOST", "DURATION", "EXIT", "PID", Userid, "TRAFFIC"]);
        MapLog(mapping, "log_on_failure", ["HOST", "ATTEMPT", Userid]);
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
            bool isTemplate = TextTemplate.OfFile(SmallFile.Read(value.Word, SourceText.Largest).Bytes).Parts
                .Any(part => part.Placeholder != Placeholder.None);
            mapping.Set(
                banner,
                $"{{ file = {TomlValue.Of(value.Word)} }}",
                banner,
                value,
                isTemplate ? "it has words in braces that superd replaces and xinetd does not, such as {peer}: change them" : null);
        }
    }

    /// <summary>superd has one log, whose target stands in superd.toml.</summary>
    private static void MapLogType(XinetdMapping mapping)
    {
        if (!mapping.Has("log_type", out XinetdValue? value))
        {
            return;
        }

        string[] words = [.. value.Words.Select((word, index) => index == 1 ? word : word.ToLowerInvariant())];
        string? target = words switch
        {
            ["syslog", var facility] when IsAmong(s_facilities, facility) => "syslog",
            ["syslog", var facility, var level] when IsAmong(s_facilities, facility) && IsAmong(s_levels, level) => "syslog",
            ["file", var path, .. { Length: <= 2 } limits] when limits.All(IsSize) => $"file:{path}",
            _ => null,
        };
        if (target is null)
        {
            mapping.Wrong("log_type", value, "SYSLOG FACILITY [LEVEL] or FILE PATH [LIMIT [LIMIT]] is needed");
            return;
        }

        string here = $"; here that is log = {{ target = {TomlValue.Of(target)} }}";
        mapping.Differs("log_type", value, XinetdAttributes.Find("log_type")!.Note + here); // a row of the table
    }

    private static bool IsAmong(string[] names, string name) => names.Contains(name, StringComparer.OrdinalIgnoreCase);

    private static bool IsSize(string word)
    {
        string digits = word[^1] is 'k' or 'm' ? word[..^1] : word;
        return ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out _);
    }

    private static void MapLog(XinetdMapping mapping, string attribute, string[] known)
    {
        if (!mapping.Has(attribute, out XinetdValue? value))
        {
            return;
        }

        foreach (string word in value.Words.Where(word => !IsAmong(known, word)))
        {
            mapping.Wrong(attribute, value, $"xinetd knows no '{word}' there and does not start the service", word);
        }

        XinetdAttribute row = XinetdAttributes.Find(attribute)!; // a row of the table
        mapping.Mapped(attribute, value, row.Note);
        if (value.Words.Contains(Userid, StringComparer.OrdinalIgnoreCase))
        {
            mapping.NotMapped(attribute, value, Userid, row.Weight, $"{UsualKeys.NoIdent}; the rest is always in superd's log");
        }
    }
}
