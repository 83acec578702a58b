using System.Globalization;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>Permission bits: octal digits in quotes (<c>"022"</c>) or a TOML integer, preferably octal (<c>0o022</c>).</summary>
/// <param name="noun">What the bits form: <c>mask</c>, <c>mode</c>.</param>
internal sealed class ModeForm(string noun) : ValueForm<int>
{
    private const int Largest = 0b111_111_111;

    public override string Type => "octal string";

    public override Schema Schema => Schema.Any(Schema.Text("0*[0-7]{1,3}"), Schema.Integer(0, Largest));

    public override bool TryRead(TomlNode node, ValueReader reader, out int value)
    {
        const string Allowed = "octal digits in quotes, from \"000\" to \"777\"";
        value = 0;
        switch (node)
        {
            case TomlString text:
                foreach (char digit in text.Value)
                {
                    value = digit is >= '0' and <= '7' && value <= Largest ? value * 8 + (digit - '0') : Largest + 1;
                }

                return text.Value.Length > 0 && value <= Largest || reader.NotAllowed(node, Allowed);
            case TomlInteger number:
                if (number.Value is < 0 or > Largest)
                {
                    return reader.NotAllowed(node, Allowed);
                }

                value = (int)number.Value;

                // The tree does not keep the base, but the length shows it: 0o26 has four characters, 22 has two.
                if (value > 7 && number.Span.Length == value.ToString(CultureInfo.InvariantCulture).Length)
                {
                    string octal = Convert.ToString(value, 8).PadLeft(3, '0');
                    reader.Warn(
                        node,
                        $"{reader.Key} = {value} is a decimal number, the {noun} {octal}; write {reader.Key} = \"{octal}\" to say so, "
                        + $"or \"{value:D3}\" if that is meant");
                }

                return true;
            default:
                return reader.WrongType(node, Allowed);
        }
    }
}
