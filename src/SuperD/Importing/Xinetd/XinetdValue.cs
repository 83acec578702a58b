using System.Collections.Immutable;

namespace SuperD.Importing.Xinetd;

/// <summary>The resolved value of an attribute of one service.</summary>
/// <param name="Words">The values.</param>
/// <param name="Places">The lines it comes from, one or more.</param>
/// <param name="Merged">How it was merged, for a comment; null when it comes from one line alone.</param>
internal sealed record XinetdValue(ImmutableArray<string> Words, ImmutableArray<SourceLine> Places, string? Merged = null)
{
    /// <summary>The value of an attribute that takes one.</summary>
    public string Word => Words[0];

    /// <summary>Whether it is <c>UNLIMITED</c>, which xinetd reads in any case.</summary>
    public bool IsUnlimited => Word.Equals("UNLIMITED", StringComparison.OrdinalIgnoreCase);

    /// <summary>The line to report.</summary>
    public SourceLine Place => Places[^1];

    /// <summary>The value after another line of the same attribute.</summary>
    public XinetdValue With(XinetdLine line, bool fromDefaults)
    {
        ImmutableArray<string> words = line.Operator == "-="
            ? Words.RemoveAll(word => line.Words.Contains(word, StringComparer.OrdinalIgnoreCase))
            : Words.AddRange(line.Words);
        string step = fromDefaults ? $"defaults ({line.Place})" : $"{line.Operator} ({line.Place})";
        return new XinetdValue(words, Places.Add(line.Place), $"{Merged ?? $"from {Place}"}, then {step}");
    }
}
