using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>A number above 0, with or without a decimal point.</summary>
internal sealed class NumberForm : ValueForm<double>
{
    public override string Type => "number";

    public override Schema Schema => Schema.AboveZero;

    public override bool TryRead(TomlNode node, ValueReader reader, out double value)
    {
        value = node switch
        {
            TomlFloat number => number.Value,
            TomlInteger number => number.Value,
            _ => double.NaN,
        };
        return node is not (TomlFloat or TomlInteger)
            ? reader.WrongType(node, "a number above 0")
            : value > 0 && double.IsFinite(value) || reader.NotAllowed(node, "a number above 0");
    }
}
