using System.Globalization;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>A user or group: its name or its number.</summary>
/// <param name="noun"><c>user</c> or <c>group</c>.</param>
internal sealed class PrincipalForm(string noun) : ValueForm<Principal>
{
    // (uid_t)-1 means "leave unchanged" to setresuid(2), so it is no valid id.
    private const long LargestId = uint.MaxValue - 1L;

    /// <summary>A name or number inside a longer text, where no TOML type separates them: digits are a number, as for chown(1).</summary>
    public static Principal FromText(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id <= LargestId
            ? new Principal(null, id)
            : new Principal(text, 0);

    public override string Type => "name or id";

    public override Schema Schema => Schema.Any(Schema.Text(Schema.Characters), Schema.Integer(0, LargestId));

    public override bool TryRead(TomlNode node, ValueReader reader, out Principal value)
    {
        value = default;
        if (node is TomlInteger { Value: var id })
        {
            value = new Principal(null, unchecked((uint)id));
            return id is >= 0 and <= LargestId || reader.NotAllowed(node, $"a {noun} id from 0 to {LargestId}");
        }

        if (!reader.TryText(node, $"a {noun} name or id", out string name))
        {
            return false;
        }

        value = new Principal(name, 0);
        return name.Length > 0 || reader.NotAllowed(node, $"a {noun} name or id");
    }
}
