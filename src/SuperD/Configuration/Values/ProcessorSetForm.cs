using SuperD.Configuration.Toml;
using SuperD.Linux;

namespace SuperD.Configuration.Values;

/// <summary>A set of processor numbers: <c>"0-3,8"</c>.</summary>
internal sealed class ProcessorSetForm : ValueForm<ProcessorSet>
{
    public override string Type => "list of processors";

    public override Schema Schema => Schema.Text(OfList(NumberPattern.Between(0, ProcessorSet.Most - 1)));

    /// <summary>Numbers and ranges with commas between them, and blanks beside the commas.</summary>
    private static string OfList(string number) => $@"\s*{number}(?:-{number})?\s*(?:,\s*{number}(?:-{number})?\s*)*";

    public override bool TryRead(TomlNode node, ValueReader reader, out ProcessorSet value)
    {
        string allowed = $"numbers and ranges of processors, separated by commas, from 0 to {ProcessorSet.Most - 1}";
        value = new ProcessorSet([]);
        return reader.TryText(node, allowed, out string text)
            && (ProcessorSet.TryParse(text, out value) || reader.NotAllowed(node, allowed));
    }
}
