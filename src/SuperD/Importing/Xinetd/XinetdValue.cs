using System.Collections.Immutable;

namespace SuperD.Importing.Xinetd;

/// <summary>What an attribute comes to for one service.</summary>
/// <param name="Places">The lines that made it, one or more.</param>
/// <param name="Merged">How it was put together, when not by one line alone; for a comment.</param>
internal sealed record XinetdValue(ImmutableArray<string> Words, ImmutableArray<SourceLine> Places, string? Merged = null)
{
    /// <summary>The one word of an attribute that takes one.</summary>
    public string Word => Words[0];

    /// <summary>The line to blame.</summary>
    public SourceLine Place => Places[^1];

    /// <summary>The value after one more line of the same attribute.</summary>
    public XinetdValue With(XinetdLine line, bool fromDefaults)
    {
        ImmutableArray<string> words = line.Operator == "-="
            ? Words.RemoveAll(word => line.Words.Contains(word, StringComparer.OrdinalIgnoreCase))
            : Words.AddRange(line.Words);
        string step = fromDefaults ? $"defaults ({line.Place})" : $"{line.Operator} ({line.Place})";
        return new XinetdValue(words, Places.Add(line.Place), $"{Merged ?? $"from {Place}"}, then {step}");
    }
}
