using System.Globalization;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>The limits of a group of processes: <c>{ memory = "64M", processes = 20, cpu = "50%", io = "10M/s" }</c>.</summary>
internal sealed class GroupLimitsForm : ValueForm<GroupLimitsConfig>
{
    /// <summary>No program of a C library starts with less, and the kernel needs some of it for itself.</summary>
    public const long LeastMemory = 1 << 20;

    private const int MostProcesses = 4_194_304; // Linux's PID_MAX_LIMIT

    /// <summary>The largest share of a processor: far more than machines have.</summary>
    public const int MostPercent = 1_000_000;

    private const long LeastIo = 1 << 10;
    private const string Unlimited = "unlimited", PerSecond = "/s";

    public override string Type => "table of limits";

    public override Schema Schema => Schema.Table(
        ("memory", Schema.Any(
            Schema.Integer(LeastMemory, long.MaxValue), Schema.Text($"{Unlimited}|{ByteSize.Pattern((ulong)LeastMemory)}"))),
        ("processes", Schema.Any(Schema.Integer(1, MostProcesses), Schema.Words([Unlimited]))),
        ("cpu", Schema.Text($"{Unlimited}|{NumberPattern.Between(1, MostPercent)}%")),
        ("io", Schema.Text($"{Unlimited}|{ByteSize.Pattern((ulong)LeastIo)}{PerSecond}")));

    public override bool TryRead(TomlNode node, ValueReader reader, out GroupLimitsConfig value)
    {
        value = new GroupLimitsConfig(null, null, null, null);
        if (node is not TomlTable table)
        {
            return reader.WrongType(node, "a table of memory, processes, cpu and io");
        }

        bool good = true;
        foreach (TomlEntry entry in table.Entries)
        {
            TomlNode inner = entry.Value;
            switch (entry.Key)
            {
                case "memory":
                    good &= TryReadMemory(inner, reader.Enter("memory", "\"64M\""), out long? memory);
                    value = value with { Memory = reader.Written(memory, inner) };
                    break;
                case "processes":
                    good &= TryReadProcesses(inner, reader.Enter("processes", "20"), out int? processes);
                    value = value with { Processes = reader.Written(processes, inner) };
                    break;
                case "cpu":
                    good &= TryReadCpu(inner, reader.Enter("cpu", "\"50%\""), out int? cpu);
                    value = value with { Cpu = reader.Written(cpu, inner) };
                    break;
                case "io":
                    good &= TryReadIo(inner, reader.Enter("io", "\"10M/s\""), out long? io);
                    value = value with { Io = reader.Written(io, inner) };
                    break;
                default:
                    good = reader.UnknownKey(entry, "memory", "processes", "cpu", "io");
                    break;
            }
        }

        return good;
    }

    private static bool TryReadMemory(TomlNode node, ValueReader reader, out long? value)
    {
        const string Allowed = $"{ByteSize.Form}, \"1M\" or more, or \"unlimited\"";
        value = null;
        switch (node)
        {
            case TomlString { Value: Unlimited }:
                return true;
            case TomlInteger number:
                value = number.Value;
                return number.Value >= LeastMemory || reader.NotAllowed(node, Allowed);
            case TomlString text:
                bool isSize = ByteSize.TryParse(text.Value, out ulong bytes);
                value = (long)bytes;
                return (isSize && value >= LeastMemory) || reader.NotAllowed(node, Allowed, isSize ? null : GuessSize(text.Value));
            default:
                return reader.WrongType(node, Allowed);
        }
    }

    private static bool TryReadProcesses(TomlNode node, ValueReader reader, out int? value)
    {
        string allowed = $"an integer from 1 to {MostProcesses}, or \"unlimited\"";
        value = null;
        switch (node)
        {
            case TomlString { Value: Unlimited }:
                return true;
            case TomlInteger { Value: >= 1 and <= MostProcesses } number:
                value = (int)number.Value;
                return true;
            case TomlString { Value: var text } when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int quoted):
                return reader.Fail(
                    node,
                    $"{reader.Key} must be {allowed}, found the string {Wording.Show(node)}; "
                    + $"write {reader.Key} = {quoted}, without quotes");
            case TomlInteger or TomlString:
                return reader.NotAllowed(node, allowed);
            default:
                return reader.WrongType(node, allowed);
        }
    }

    private static bool TryReadCpu(TomlNode node, ValueReader reader, out int? value)
    {
        string allowed = $"a share of one processor from \"1%\" to \"{MostPercent}%\" (\"200%\" is two processors), or \"unlimited\"";
        value = null;
        switch (node)
        {
            case TomlString { Value: Unlimited }:
                return true;
            case TomlString text when TryParsePercent(text.Value, out int percent):
                value = percent;
                return true;
            case TomlString text:
                string compact = text.Value.Replace(" ", "");
                return reader.NotAllowed(node, allowed, TryParsePercent(compact, out _) ? compact : null);
            case TomlInteger or TomlFloat:
                decimal number = node is TomlInteger { Value: var whole } ? whole : Percent(((TomlFloat)node).Value);
                return reader.NotAllowed(node, allowed, TryParsePercent($"{number:0}%", out _) ? $"{number:0}%" : null);
            default:
                return reader.WrongType(node, allowed);
        }
    }

    private static bool TryReadIo(TomlNode node, ValueReader reader, out long? value)
    {
        const string Allowed = "a size per second such as \"10M/s\" (units K, M, G, T, of 1024), \"1K/s\" or more, or \"unlimited\"";
        value = null;
        switch (node)
        {
            case TomlString { Value: Unlimited }:
                return true;
            case TomlString text:
                string size = text.Value.EndsWith(PerSecond, StringComparison.Ordinal) ? text.Value[..^PerSecond.Length] : "";
                bool isRate = ByteSize.TryParse(size, out ulong bytes);
                value = (long)bytes;
                string? guess = isRate ? null : GuessSize(text.Value.Split('/')[0]);
                return (isRate && value >= LeastIo) || reader.NotAllowed(node, Allowed, guess is null ? null : guess + PerSecond);
            case TomlInteger number:
                return reader.NotAllowed(node, Allowed, number.Value >= LeastIo ? $"{number.Value}{PerSecond}" : null);
            default:
                return reader.WrongType(node, Allowed);
        }
    }

    private static string? GuessSize(string text) =>
        UnitGuess.OfSize(text) is { } guess && ByteSize.TryParse(guess, out ulong bytes) && bytes >= LeastMemory ? guess : null;

    /// <summary>0.5 is half of a processor.</summary>
    private static decimal Percent(double share) => share is > 0 and < MostPercent / 100.0 ? Math.Round((decimal)share * 100) : 0;

    private static bool TryParsePercent(string text, out int percent)
    {
        percent = 0;
        return text.EndsWith('%')
            && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out percent)
            && percent is >= 1 and <= MostPercent;
    }
}
