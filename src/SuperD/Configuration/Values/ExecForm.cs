using System.Collections.Immutable;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>A program, or an array of a program and its arguments. No shell, no splitting: each string is one argument.</summary>
internal sealed class ExecForm : ValueForm<ImmutableArray<string>>
{
    private const string Allowed = "a path, or an array of a path and arguments";

    public override string Type => "path or array";

    public override Schema Schema => Schema.Any(
        Schema.Text(Schema.Characters), Schema.List(Schema.Text(Schema.Characters), Schema.Text($"(?:{Schema.Characters})?")));

    public override bool TryRead(TomlNode node, ValueReader reader, out ImmutableArray<string> value)
    {
        value = [];
        IReadOnlyList<TomlNode> written = node is TomlArray array ? array.Items : [node];
        if (written.Count == 0)
        {
            return reader.WrongType(node, Allowed);
        }

        bool good = true;
        var words = ImmutableArray.CreateBuilder<string>(written.Count);
        foreach (TomlNode item in written)
        {
            good &= reader.TryText(item, node is TomlArray ? "an array of strings" : Allowed, out string word);
            words.Add(word);
        }

        if (good && words[0].Length == 0)
        {
            return reader.Fail(written[0], "exec names no program: its path is empty; write the path of the handler");
        }

        value = words.ToImmutable();
        return good;
    }
}
