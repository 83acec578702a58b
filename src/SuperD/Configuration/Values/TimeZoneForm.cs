using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>The name of a time zone in the machine's database: <c>"Europe/Berlin"</c>, <c>"UTC"</c>.</summary>
internal sealed class TimeZoneForm : ValueForm<TimeZoneInfo>
{
    private const string Allowed = "the name of a time zone, such as \"Europe/Berlin\" or \"UTC\"";

    public override string Type => "time zone";

    public override Schema Schema => Schema.Text(Schema.Characters);

    public override bool TryRead(TomlNode node, ValueReader reader, out TimeZoneInfo value)
    {
        value = TimeZoneInfo.Utc;
        if (!reader.TryText(node, Allowed, out string name))
        {
            return false;
        }

        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out TimeZoneInfo? zone))
        {
            value = zone;
            return true;
        }

        return reader.Fail(
            node,
            $"{reader.Key}: this machine knows no time zone {Wording.Quote(name)}; write one of /usr/share/zoneinfo "
            + "(Debian's package tzdata), such as \"Europe/Berlin\"");
    }
}
