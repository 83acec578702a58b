using System.Collections.Immutable;
using System.Globalization;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>A table of penalties: <c>{ signal = "90s", exit.77 = "5s", timeout = "20s", exempt = [...] }</c>.</summary>
internal sealed class PenaltyForm : ValueForm<PenaltyConfig>
{
    private const int LargestExitStatus = 255;

    private static readonly DurationForm s_time = new();

    public override string Type => "table";

    public override Schema Schema => Schema.Table(
        ("signal", s_time.Schema),
        ("exit", Schema.Map(Schema.Text(NumberPattern.Between(0, LargestExitStatus)), s_time.Schema)),
        ("timeout", s_time.Schema),
        ("min", s_time.Schema),
        ("max", s_time.Schema),
        ("exempt", AccessItemForm.List.Schema));

    public override bool TryRead(TomlNode node, ValueReader reader, out PenaltyConfig value)
    {
        value = new PenaltyConfig(null, null, ImmutableSortedDictionary<int, TimeSpan>.Empty, null, null, null);
        if (node is not TomlTable table)
        {
            return reader.WrongType(node, "a table of penalties");
        }

        bool good = true;
        foreach (TomlEntry entry in table.Entries)
        {
            good &= TryReadKey(entry, reader, ref value);
        }

        return good;
    }

    private static bool TryReadKey(TomlEntry entry, ValueReader reader, ref PenaltyConfig value)
    {
        TimeSpan time = default;
        switch (entry.Key)
        {
            case "signal" when TryReadTime(entry, reader, "90s", out time):
                value = value with { Signal = time };
                return true;
            case "timeout" when TryReadTime(entry, reader, "20s", out time):
                value = value with { Timeout = time };
                return true;
            case "min" when TryReadTime(entry, reader, "15s", out time):
                value = value with { Min = time };
                return true;
            case "max" when TryReadTime(entry, reader, "10m", out time):
                value = value with { Max = time };
                return true;
            case "exit":
                return TryReadExit(entry.Value, reader.Enter("exit", "{ 77 = \"5s\" }"), ref value);
            case "exempt" when TryReadExempt(entry, reader, out ImmutableArray<Written<AccessItemConfig>> exempt):
                value = value with { Exempt = exempt };
                return true;
            case "signal" or "timeout" or "min" or "max" or "exempt":
                return false;
            default:
                return reader.UnknownKey(entry, "signal", "exit", "timeout", "min", "max", "exempt");
        }
    }

    private static bool TryReadExempt(TomlEntry entry, ValueReader reader, out ImmutableArray<Written<AccessItemConfig>> exempt) =>
        AccessItemForm.List.TryRead(entry.Value, reader.Enter("exempt", "[\"10.0.0.0/8\"]"), out exempt);

    private static bool TryReadTime(TomlEntry entry, ValueReader reader, string example, out TimeSpan time) =>
        s_time.TryRead(entry.Value, reader.Enter(entry.Key, $"\"{example}\""), out time);

    private static bool TryReadExit(TomlNode node, ValueReader reader, ref PenaltyConfig value)
    {
        if (node is not TomlTable table)
        {
            return reader.WrongType(node, "a table of exit statuses");
        }

        bool good = true;
        foreach (TomlEntry entry in table.Entries)
        {
            var name = new TomlString(entry.Key, entry.KeySpan);
            if (!int.TryParse(entry.Key, NumberStyles.None, CultureInfo.InvariantCulture, out int status) || status > LargestExitStatus)
            {
                good = reader.Fail(
                    name,
                    $"{reader.Key}.{entry.Key}: an exit status is a number from 0 to {LargestExitStatus}; "
                    + $"write one such as {reader.Key}.77 = \"5s\"");
                continue;
            }

            good &= TryReadTime(entry, reader, "5s", out TimeSpan time);
            value = value with { Exit = value.Exit.SetItem(status, time) };
        }

        return good;
    }
}
