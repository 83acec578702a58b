using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>The owner of a socket file: <c>"www-data"</c>, <c>"www-data:adm"</c>, <c>":adm"</c>; each a name or a number.</summary>
internal sealed class SocketOwnerForm : ValueForm<SocketOwnerConfig>
{
    private const string Allowed = "a user, \"user:group\" or \":group\"";

    public override string Type => "user, user:group or :group";

    public override Schema Schema => Schema.Any(
        Schema.Text($@"[^:\x00]+|[^:\x00]*:{Schema.Characters}"), Schema.Integer(0, uint.MaxValue - 1));

    public override bool TryRead(TomlNode node, ValueReader reader, out SocketOwnerConfig value)
    {
        value = new SocketOwnerConfig(null, null);
        if (node is TomlInteger { Value: >= 0 and < uint.MaxValue and var id })
        {
            value = value with { User = new Principal(null, (uint)id) };
            return true;
        }

        if (!reader.TryText(node, Allowed, out string text))
        {
            return false;
        }

        int colon = text.IndexOf(':');
        string user = colon < 0 ? text : text[..colon];
        string group = colon < 0 ? "" : text[(colon + 1)..];
        value = new SocketOwnerConfig(Read(user), Read(group));
        return (colon < 0 || group.Length > 0) && (value.User ?? value.Group) is not null || reader.NotAllowed(node, Allowed);
    }

    private static Principal? Read(string text) => text.Length == 0 ? null : PrincipalForm.FromText(text);
}
