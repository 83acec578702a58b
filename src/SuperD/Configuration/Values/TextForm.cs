using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>Any string without a NUL.</summary>
/// <param name="type">Its type in the reference: <c>string</c>, <c>path</c>.</param>
/// <param name="mayBeEmpty">Whether <c>""</c> is allowed.</param>
internal sealed class TextForm(string type, bool mayBeEmpty) : ValueForm<string>
{
    public override string Type => type;

    public override Schema Schema => Schema.Text(mayBeEmpty ? $"(?:{Schema.Characters})?" : Schema.Characters);

    public override bool TryRead(TomlNode node, ValueReader reader, out string value)
    {
        if (!reader.TryText(node, "a string", out value))
        {
            return false;
        }

        return value.Length > 0 || mayBeEmpty || reader.NotAllowed(node, $"a {type} that is not empty");
    }
}
