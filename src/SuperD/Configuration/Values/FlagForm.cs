using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>A boolean.</summary>
internal sealed class FlagForm : ValueForm<bool>
{
    public override string Type => "true or false";

    public override bool TryRead(TomlNode node, ValueReader reader, out bool value)
    {
        value = node is TomlBoolean { Value: true };
        return node is TomlBoolean || reader.WrongType(node, "true or false, without quotes");
    }
}
