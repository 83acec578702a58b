using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>A boolean.</summary>
internal sealed class FlagForm : ValueForm<bool>
{
    public override string Type => "true or false";

    public override Schema Schema => Schema.Flag;

    public override bool TryRead(TomlNode node, ValueReader reader, out bool value)
    {
        value = node is TomlBoolean { Value: true };
        const string Allowed = "true or false, without quotes";
        return node is TomlBoolean
            || (Guess(node) is { } meant
                ? reader.Fail(node, $"{reader.Key} must be {Allowed}, found {Wording.ShowWithKind(node)}; write {reader.Key} = {meant}")
                : reader.WrongType(node, Allowed));
    }

    /// <summary>What the words of other programs mean; null for any other value.</summary>
    private static string? Guess(TomlNode node) => Wording.Show(node).Trim('"').ToLowerInvariant() switch
    {
        "yes" or "on" or "true" or "1" => "true",
        "no" or "off" or "false" or "0" => "false",
        _ => null,
    };
}
