using System.Collections.Immutable;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>The settings of superd's page: <c>{ write = "web.token", hosts = ["superd.example.org"] }</c>.</summary>
internal sealed class WebForm : ValueForm<WebConfig>
{
    private static readonly TextForm s_path = new("path", mayBeEmpty: false);
    private static readonly ListForm<string> s_hosts = new(new HostForm(), "names", oneAlone: true);

    public override string Type => "table of write and hosts";

    public override Schema Schema => Schema.Table(("write", s_path.Schema), ("hosts", s_hosts.Schema));

    public override bool TryRead(TomlNode node, ValueReader reader, out WebConfig value)
    {
        value = new WebConfig(null, []);
        if (node is not TomlTable table)
        {
            return reader.WrongType(node, "a table of write and hosts");
        }

        bool good = true;
        foreach (TomlEntry entry in table.Entries)
        {
            switch (entry.Key)
            {
                case "write":
                    good &= s_path.TryRead(entry.Value, reader.Enter("write", "\"web.token\""), out string path);
                    value = value with { Write = reader.Written(path, entry.Value) };
                    break;
                case "hosts":
                    ValueReader inner = reader.Enter("hosts", "[\"superd.example.org\"]");
                    good &= s_hosts.TryRead(entry.Value, inner, out ImmutableArray<Written<string>> hosts);
                    value = value with { Hosts = hosts };
                    break;
                default:
                    good = reader.UnknownKey(entry, "write", "hosts");
                    break;
            }
        }

        return good;
    }

    /// <summary>What a browser sends as Host: a name or an address, and its port unless it is the scheme's own.</summary>
    private sealed class HostForm : ValueForm<string>
    {
        private const string Pattern = @"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?";

        public override string Type => "name";

        public override Schema Schema => Schema.Text(Pattern);

        public override bool TryRead(TomlNode node, ValueReader reader, out string value) =>
            reader.TryText(node, "a name, as it stands in the browser's address bar", out value)
            && (IsHost(value) || reader.NotAllowed(node, "a name or an address, with its port unless it is 80 or 443"));

        private static bool IsHost(string text)
        {
            (string name, string port) = HostName.Split(text);
            bool isName = name.StartsWith('[')
                ? name.Length > 2 && name[1..^1].All(one => char.IsAsciiHexDigit(one) || one is ':' or '.')
                : name.Length > 0 && name.All(one => char.IsAsciiLetterOrDigit(one) || one is '.' or '_' or '-');
            return isName && (port.Length == 0 || (port.Length is > 1 and <= 6 && port[0] == ':' && port[1..].All(char.IsAsciiDigit)));
        }
    }
}
