using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>A path of a sandbox, as it is written: <c>"/srv/han"</c>, or <c>"-/srv/han"</c> for one that need not exist.</summary>
internal sealed class SandboxPathForm : ValueForm<string>
{
    /// <summary>The mark before a path that need not exist.</summary>
    public const char OptionalMark = '-';

    /// <summary>A list of them; a single one may stand alone, and an empty list replaces that of [defaults].</summary>
    public static ListForm<string> List { get; } = new(new SandboxPathForm(), "paths", oneAlone: true, mayBeEmpty: true);

    public override string Type => "path";

    public override Schema Schema => Schema.Text($@"[^\x00]*[^{OptionalMark}\x00][^\x00]*");

    public override bool TryRead(TomlNode node, ValueReader reader, out string value) =>
        reader.TryText(node, "a path", out value)
        && (value.TrimStart(OptionalMark).Length > 0 || reader.NotAllowed(node, "a path that is not empty"));
}
