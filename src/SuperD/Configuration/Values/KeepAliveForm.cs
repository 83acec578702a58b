using SuperD.Configuration.Toml;
using SuperD.Linux;

namespace SuperD.Configuration.Values;

/// <summary>true, false, or <c>{ idle = "60s", interval = "10s", probes = 6 }</c>, each of which may be left out.</summary>
internal sealed class KeepAliveForm : ValueForm<TcpKeepAlive?>
{
    private static readonly FlagForm s_flag = new();
    private static readonly DurationForm s_time = new();
    private static readonly IntegerForm s_probes = new(1, TcpKeepAlive.MostProbes);

    private static Schema OfSeconds =>
        Schema.Text(Duration.Pattern(TimeSpan.FromSeconds(TcpKeepAlive.MostSeconds), mayBeZero: false, inSeconds: true));

    public override string Type => "true, false or table";

    public override Schema Schema => Schema.Any(
        Schema.Flag,
        Schema.Table(("idle", OfSeconds), ("interval", OfSeconds), ("probes", s_probes.Schema)));

    public override bool TryRead(TomlNode node, ValueReader reader, out TcpKeepAlive? value)
    {
        value = TcpKeepAlive.Default;
        switch (node)
        {
            case TomlTable table:
                return TryReadTable(table, reader, ref value);
            case TomlString text when Duration.TryParse(text.Value, out _):
                return reader.Fail(
                    node,
                    $"{reader.Key} must be true, false or a table, found {Wording.Show(node)}; "
                    + $"write {reader.Key} = {{ idle = {Wording.Show(node)} }} if the time before the first probe is meant");
            default:
                bool good = s_flag.TryRead(node, reader, out bool isOn);
                value = isOn ? value : null;
                return good;
        }
    }

    private static bool TryReadTable(TomlTable table, ValueReader reader, ref TcpKeepAlive? value)
    {
        TcpKeepAlive read = TcpKeepAlive.Default;
        bool good = true;
        foreach (TomlEntry entry in table.Entries)
        {
            switch (entry.Key)
            {
                case "idle":
                    good &= TryReadSeconds(entry, reader.Enter("idle", "\"60s\""), out int idle);
                    read = read with { IdleSeconds = idle };
                    break;
                case "interval":
                    good &= TryReadSeconds(entry, reader.Enter("interval", "\"10s\""), out int interval);
                    read = read with { IntervalSeconds = interval };
                    break;
                case "probes":
                    good &= s_probes.TryRead(entry.Value, reader.Enter("probes", "6"), out int probes);
                    read = read with { Probes = probes };
                    break;
                default:
                    good = reader.UnknownKey(entry, "idle", "interval", "probes");
                    break;
            }
        }

        value = read;
        return good;
    }

    private static bool TryReadSeconds(TomlEntry entry, ValueReader reader, out int seconds)
    {
        seconds = 0;
        if (!s_time.TryRead(entry.Value, reader, out TimeSpan time))
        {
            return false;
        }

        if (time.Milliseconds != 0 || time.TotalSeconds is < 1 or > TcpKeepAlive.MostSeconds)
        {
            string most = Duration.ToText(TimeSpan.FromSeconds(TcpKeepAlive.MostSeconds));
            return reader.NotAllowed(entry.Value, $"whole seconds, from \"1s\" to \"{most}\", as the kernel takes them");
        }

        seconds = (int)time.TotalSeconds;
        return true;
    }
}
