using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>An integer within bounds.</summary>
internal sealed class IntegerForm(int min, int max = int.MaxValue) : ValueForm<int>
{
    private readonly string _range = max == int.MaxValue ? $"{min} or more" : $"from {min} to {max}";

    public override string Type => "integer";

    public override Schema Schema => Schema.Integer(min, max);

    public override bool TryRead(TomlNode node, ValueReader reader, out int value)
    {
        value = 0;
        if (node is not TomlInteger written)
        {
            return reader.WrongType(node, $"an integer, {_range}");
        }

        if (written.Value > max && max == int.MaxValue)
        {
            return reader.NotAllowed(node, $"at most {max}");
        }

        if (written.Value < min || written.Value > max)
        {
            return reader.NotAllowed(node, _range);
        }

        value = (int)written.Value;
        return true;
    }
}
