using System.Collections.Immutable;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>A rule for some clients: <c>{ from = "10.0.0.0/8", env = { RELAYCLIENT = "" }, exec = "/bin/cat" }</c>.</summary>
internal sealed class MatchForm : ValueForm<MatchConfig>
{
    private static readonly EnvironmentForm s_environment = new();
    private static readonly ExecForm s_exec = new();
    private static readonly AccessItemForm s_client = new();

    public override string Type => "table";

    public override Schema Schema => Schema.Table(
        ("from", Schema.Any(s_client.Schema, Schema.List(s_client.Schema, mayBeEmpty: false))),
        ("env", s_environment.Schema),
        ("exec", s_exec.Schema)).Requiring("from");

    public override bool TryRead(TomlNode node, ValueReader reader, out MatchConfig value)
    {
        value = new MatchConfig();
        if (node is not TomlTable table)
        {
            return reader.WrongType(node, "a table of from, env and exec, or an array of such tables");
        }

        bool good = table.Find("from") is not null
            || reader.Fail(table, $"{reader.Key}.from is missing: which clients is the rule for? Add from = \"10.0.0.0/8\"");
        foreach (TomlEntry entry in table.Entries)
        {
            good &= TryReadKey(entry, reader, ref value);
        }

        return good;
    }

    private static bool TryReadKey(TomlEntry entry, ValueReader reader, ref MatchConfig value)
    {
        switch (entry.Key)
        {
            case "from":
                ValueReader ofFrom = reader.Enter("from", "\"10.0.0.0/8\"");
                bool good = AccessItemForm.List.TryRead(entry.Value, ofFrom, out ImmutableArray<Written<AccessItemConfig>> from);
                value = value with { From = reader.Written(from, entry.Value) };
                return good && (from.Length > 0 || entry.Value is not TomlArray { Items.Count: 0 }
                    || reader.Fail(entry.Value, $"{reader.Key}.from holds nobody, so the rule never applies; name its clients"));
            case "env":
                ValueReader ofVariables = reader.Enter("env", "{ RELAYCLIENT = \"\" }");
                good = s_environment.TryRead(
                    entry.Value, ofVariables, out ImmutableArray<Written<KeyValuePair<string, string>>> variables);
                value = value with { Environment = variables };
                return good;
            case "exec":
                good = s_exec.TryRead(entry.Value, reader.Enter("exec", "\"/bin/cat\""), out ImmutableArray<string> exec);
                value = good ? value with { Exec = reader.Written(exec, entry.Value) } : value;
                return good;
            default:
                return reader.UnknownKey(entry, "from", "env", "exec");
        }
    }
}
