using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>A text for clients with placeholders, or a table with a file: <c>{ file = "motd" }</c>.</summary>
/// <param name="ofRefusals">Whether <c>{reason}</c> and <c>{retry_after}</c> are known.</param>
internal sealed class BannerForm(bool ofRefusals) : ValueForm<BannerDefinition>
{
    private const string Allowed = "a string, or a table { file = \"...\" }";

    public override string Type => "string or { file = path }";

    public override Schema Schema => Schema.Any(
        Schema.Text(TextTemplate.PatternOf(name => ofRefusals || name is not (Placeholder.Reason or Placeholder.RetryAfter))),
        Schema.Table(("file", Schema.Text(Schema.Characters))).Requiring("file"));

    public override bool TryRead(TomlNode node, ValueReader reader, out BannerDefinition value)
    {
        value = new BannerDefinition("", null);
        if (node is TomlTable table)
        {
            return TryReadFile(table, reader, ref value);
        }

        if (node is not TomlString { Value: var text })
        {
            return reader.WrongType(node, Allowed);
        }

        value = new BannerDefinition(text, null);
        if (TextTemplate.Parse(text, out string? problem) is not { } template)
        {
            return reader.Fail(node, $"{reader.Key}: {problem}");
        }

        foreach (TextPart part in template.Parts)
        {
            if (!ofRefusals && part.Placeholder is Placeholder.Reason or Placeholder.RetryAfter)
            {
                return reader.Fail(
                    node,
                    $"{reader.Key}: {TextTemplate.Show(part.Placeholder)} is known only when a connection is refused; "
                    + "use it in banner_fail, or remove it");
            }
        }

        return true;
    }

    private static bool TryReadFile(TomlTable table, ValueReader reader, ref BannerDefinition value)
    {
        if (table.Find("file") is not { Value: var path } || table.Entries.Count != 1)
        {
            return reader.WrongType(table, Allowed);
        }

        bool good = reader.TryText(path, "{ file = \"...\" }, with the path as a string", out string file);
        value = new BannerDefinition(null, file);
        string empty = $"{reader.Key}.file is empty; write the path of the file, or the text itself: {reader.Key} = \"...\"";
        return good && (file.Length > 0 || reader.Fail(path, empty));
    }
}
