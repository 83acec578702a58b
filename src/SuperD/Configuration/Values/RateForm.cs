using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>A count per unit of time: <c>"50/s"</c>, with an optional <c>burst</c>.</summary>
internal sealed class RateForm : ValueForm<Rate>
{
    public override string Type => "rate";

    public override Schema Schema => Schema.Text(Rate.Pattern);

    public override bool TryRead(TomlNode node, ValueReader reader, out Rate value)
    {
        value = new Rate(0, default, 0);
        return node switch
        {
            TomlString text =>
                Rate.TryParse(text.Value, out value)
                || reader.NotAllowed(node, $"{Rate.Form}, numbers from 1 to {Rate.Most}", UnitGuess.OfRate(text.Value)),
            TomlInteger number => reader.Fail(
                node,
                $"{reader.Key} must be {Rate.Form}, found {number.Value} without a unit; "
                + $"write {reader.Key} = \"{Math.Abs((decimal)number.Value)}/s\" if seconds are meant"),
            _ => reader.WrongType(node, Rate.Form),
        };
    }
}
