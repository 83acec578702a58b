using System.Collections.Immutable;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>A table of environment variables, each a string.</summary>
internal sealed class EnvironmentForm : ValueForm<ImmutableArray<Written<KeyValuePair<string, string>>>>
{
    public override string Type => "table of strings";

    public override Schema Schema => Schema.Map(VariableNameForm.OfName, Schema.Text($"(?:{Schema.Characters})?"));

    public override bool TryRead(TomlNode node, ValueReader reader, out ImmutableArray<Written<KeyValuePair<string, string>>> value)
    {
        value = [];
        if (node is not TomlTable table)
        {
            return reader.WrongType(node, "a table of strings");
        }

        var variables = ImmutableArray.CreateBuilder<Written<KeyValuePair<string, string>>>(table.Entries.Count);
        foreach (TomlEntry entry in table.Entries)
        {
            var name = new TomlString(entry.Key, entry.KeySpan);
            bool good = (VariableNameForm.WhatIsWrong(entry.Key) is not { } wrong || reader.Fail(name, $"{reader.Key}: {wrong}"))
                & TryReadValue(entry, reader, out string text);
            if (good)
            {
                variables.Add(reader.Written(KeyValuePair.Create(entry.Key, text), name));
            }
        }

        value = variables.ToImmutable();
        return true;
    }

    private static bool TryReadValue(TomlEntry entry, ValueReader reader, out string text)
    {
        text = "";
        if (entry.Value is TomlTable or TomlArray or TomlDateTime)
        {
            return reader.Fail(
                entry.Value,
                $"{reader.Key}.{entry.Key} must be a string, found {Wording.ShowWithKind(entry.Value)}; "
                + $"for example {reader.Key}.{entry.Key} = \"text\"");
        }

        // People write 1, true and 1.5. Only quotes are missing, so the message shows them.
        return entry.Value is TomlString
            ? reader.TryText(entry.Value, "a string", out text)
            : reader.Fail(
                entry.Value,
                $"{reader.Key}.{entry.Key} must be a string, found {Wording.ShowWithKind(entry.Value)}; "
                + $"write \"{Wording.Show(entry.Value)}\", with quotes");
    }
}
