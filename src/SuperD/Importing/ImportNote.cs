namespace SuperD.Importing;

/// <summary>One line of the report: the outcome of a line of the imported file, and why.</summary>
/// <param name="Place">The line.</param>
/// <param name="Fate">Its outcome.</param>
/// <param name="Subject">The attribute, or whatever else the line contains.</param>
/// <param name="Text">The counterpart here, the difference, or the reason why it is not imported; lower case, no final dot.</param>
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
