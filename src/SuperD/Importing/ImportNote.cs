namespace SuperD.Importing;

/// <summary>One line of the report: what became of a line of the imported file, and why.</summary>
/// <param name="Subject">The attribute, or what else stands in that line.</param>
/// <param name="Text">What it is here, what differs, or why it is not imported; lower case, no final dot.</param>
internal sealed record ImportNote(SourceLine Place, ImportFate Fate, string Subject, string Text)
{
    public override string ToString() => Fate switch
    {
        ImportFate.Mapped => $"{Place}: {Subject}: {Text}",
        ImportFate.Differs => $"{Place}: note: {Subject}: {Text}",
        ImportFate.NotMapped => $"{Place}: not imported: {Subject}: {Text}",
        ImportFate.Wrong => $"{Place}: wrong: {Subject}: {Text}",
        _ => $"{Place}: put aside: {Text}",
    };
}
