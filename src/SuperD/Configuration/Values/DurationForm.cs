using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>A length of time: <c>"30s"</c>.</summary>
internal sealed class DurationForm : ValueForm<TimeSpan>
{
    public override string Type => "duration";

    public override Schema Schema => Schema.Text(Duration.Pattern(Duration.Longest));

    public override bool TryRead(TomlNode node, ValueReader reader, out TimeSpan value)
    {
        value = default;
        return node switch
        {
            TomlString text =>
                Duration.TryParse(text.Value, out value)
                || reader.NotAllowed(node, $"{Duration.Form}, at most \"365d\"", UnitGuess.OfDuration(text.Value)),
            TomlInteger number => reader.Fail(
                node,
                $"{reader.Key} must be {Duration.Form}, found {number.Value} without a unit; "
                + $"write {reader.Key} = \"{Math.Abs((decimal)number.Value)}s\" if seconds are meant"),
            _ => reader.WrongType(node, Duration.Form),
        };
    }
}
