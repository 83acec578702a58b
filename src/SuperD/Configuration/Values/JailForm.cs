using System.Collections.Immutable;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>The settings of a jail: <c>{ tmp = "16M", proc = true, hostname = "jail", bind = { "/app" = "/srv" } }</c>.</summary>
internal sealed class JailForm : ValueForm<JailConfig>
{
    private const int LongestHostname = 64;

    /// <summary>A page.</summary>
    private const int LeastTmp = 4096;

    private static readonly ListForm<string> s_devices = new(new TextForm("path", mayBeEmpty: false), "paths", oneAlone: true);
    private static readonly FlagForm s_flag = new();

    public override string Type => "table";

    public override Schema Schema => Schema.Table(
        ("tmp", Schema.Any(
            Schema.Integer(0, 0),
            Schema.Integer(LeastTmp, long.MaxValue),
            Schema.Text($"0+(?:B|[KMGT](?:iB)?)?|{ByteSize.Pattern(LeastTmp)}"))),
        ("proc", s_flag.Schema),
        ("hostname", Schema.Text($"[A-Za-z0-9.-]{{1,{LongestHostname}}}")),
        ("devices", s_devices.Schema),
        ("bind", Schema.Map(Schema.Text($"/(?:{Schema.Characters})?"), Schema.Text(Schema.Characters))));

    public override bool TryRead(TomlNode node, ValueReader reader, out JailConfig value)
    {
        value = new JailConfig(null, null, null, [], []);
        if (node is not TomlTable table)
        {
            return reader.WrongType(node, "a table of settings");
        }

        bool good = true;
        foreach (TomlEntry entry in table.Entries)
        {
            good &= TryReadKey(entry, reader, ref value);
        }

        return good;
    }

    private static bool TryReadKey(TomlEntry entry, ValueReader reader, ref JailConfig value)
    {
        switch (entry.Key)
        {
            case "tmp" when TryReadSize(entry.Value, reader.Enter("tmp", "\"16M\""), out ulong tmp):
                value = value with { Tmp = reader.Written(tmp, entry.Value) };
                return true;
            case "proc" when s_flag.TryRead(entry.Value, reader.Enter("proc", "true"), out bool proc):
                value = value with { Proc = reader.Written(proc, entry.Value) };
                return true;
            case "hostname" when TryReadHostname(entry.Value, reader.Enter("hostname", "\"jail\""), out string hostname):
                value = value with { Hostname = reader.Written(hostname, entry.Value) };
                return true;
            case "devices" when s_devices.TryRead(
                entry.Value, reader.Enter("devices", "[\"/dev/kvm\"]"), out ImmutableArray<Written<string>> devices):
                value = value with { Devices = devices };
                return true;
            case "bind":
                return TryReadBind(entry.Value, reader.Enter("bind", "{ \"/app\" = \"/srv/app\" }"), ref value);
            case "tmp" or "proc" or "hostname" or "devices":
                return false;
            default:
                return reader.UnknownKey(entry, "tmp", "proc", "hostname", "devices", "bind");
        }
    }

    private static bool TryReadSize(TomlNode node, ValueReader reader, out ulong bytes)
    {
        const string Allowed = ByteSize.Form + ", 4096 or more, or 0 for none";
        bytes = 0;
        switch (node)
        {
            case TomlInteger number:
                bytes = (ulong)Math.Max(0, number.Value);
                return (number.Value >= 0 && bytes is 0 or >= LeastTmp) || reader.NotAllowed(node, Allowed);
            case TomlString text:
                bool isSize = ByteSize.TryParse(text.Value, out bytes);
                string? guess = isSize ? null : UnitGuess.OfSize(text.Value);
                bool isGuess = ByteSize.TryParse(guess ?? "", out ulong guessed) && guessed is 0 or >= LeastTmp;
                return (isSize && bytes is 0 or >= LeastTmp) || reader.NotAllowed(node, Allowed, isGuess ? guess : null);
            default:
                return reader.WrongType(node, Allowed);
        }
    }

    private static bool TryReadHostname(TomlNode node, ValueReader reader, out string name) =>
        reader.TryText(node, "a name", out name)
        && ((name.Length is > 0 and <= LongestHostname && name.All(one => char.IsAsciiLetterOrDigit(one) || one is '-' or '.'))
            || reader.NotAllowed(node, "1 to 64 letters, digits, '-' and '.'"));

    private static bool TryReadBind(TomlNode node, ValueReader reader, ref JailConfig value)
    {
        if (node is not TomlTable table)
        {
            return reader.WrongType(node, "a table: the path in the jail = the path of what is there");
        }

        bool good = true;
        var binds = ImmutableArray.CreateBuilder<(Written<string>, Written<string>)>();
        foreach (TomlEntry entry in table.Entries)
        {
            var target = new TomlString(entry.Key, entry.KeySpan);
            if (!reader.TryText(entry.Value, "a table of paths", out string source))
            {
                good = false;
            }
            else if (WhyNot(entry.Key, source) is { } why)
            {
                good = reader.Fail(
                    target,
                    $"{reader.Key}.{Wording.QuoteWhole(entry.Key)} = {Wording.QuoteWhole(source)}: {why}; for example "
                    + "bind = { \"/app\" = \"/srv/app\" }");
            }
            else
            {
                binds.Add((reader.Written(entry.Key, target), reader.Written(source, entry.Value)));
            }
        }

        value = value with { Bind = binds.ToImmutable() };
        return good;
    }

    private static string? WhyNot(string target, string source) =>
        target.Length == 0 ? "the path in the jail, before the '=', is empty"
        : target.Contains('\0') ? "the path in the jail holds a NUL character, which ends a string for Linux"
        : target[0] != '/' ? "the path in the jail, before the '=', must begin with '/'"
        : source.Length == 0 ? "the path of what is there, after the '=', is empty"
        : null;
}
