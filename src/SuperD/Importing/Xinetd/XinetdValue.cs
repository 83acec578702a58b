using System.Collections.Immutable;
using System.Net;

namespace SuperD.Importing.Xinetd;

/// <summary>The resolved value of an attribute of one service.</summary>
/// <param name="Items">The values, each with the line it comes from.</param>
/// <param name="Places">The lines it comes from, one or more.</param>
/// <param name="Merged">How it was merged, for a comment; null when it comes from one line alone.</param>
internal sealed record XinetdValue(
    ImmutableArray<(string Word, SourceLine Place)> Items, ImmutableArray<SourceLine> Places, string? Merged = null)
{
    /// <summary>The value of one line.</summary>
    public XinetdValue(XinetdLine line)
        : this(line.Operator == "-=" ? [] : ItemsOf(line), [line.Place], line.Operator == "=" ? null : $"{line.Operator} ({line.Place})")
    {
    }

    /// <summary>The values.</summary>
    public ImmutableArray<string> Words { get; } = [.. Items.Select(item => item.Word)];

    /// <summary>The value of an attribute that takes one.</summary>
    public string Word => Words[0];

    /// <summary>Whether it is <c>UNLIMITED</c>, which xinetd reads in any case.</summary>
    public bool IsUnlimited => Word.Equals("UNLIMITED", StringComparison.OrdinalIgnoreCase);

    /// <summary>The line to report for the value as a whole.</summary>
    public SourceLine Place => Places[^1];

    /// <summary>The lines that hold a word, in any case: those to blame for it.</summary>
    public IEnumerable<SourceLine> PlacesOf(string word) =>
        Items.Where(item => item.Word.Equals(word, StringComparison.OrdinalIgnoreCase)).Select(item => item.Place).Distinct();

    /// <summary>The value after another line of the same attribute.</summary>
    public XinetdValue With(XinetdLine line, bool fromDefaults)
    {
        ImmutableArray<(string, SourceLine)> items = line.Operator == "-="
            ? [.. Items.SelectMany(item => Without(line, item))]
            : Items.AddRange(ItemsOf(line));
        string step = fromDefaults ? $"defaults ({line.Place})" : $"{line.Operator} ({line.Place})";
        return new XinetdValue(items, Places.Add(line.Place), $"{Merged ?? $"from {Place}"}, then {step}");
    }

    /// <summary>What <c>-=</c> leaves of an item.</summary>
    /// <remarks>
    /// xinetd compares addresses by their meaning: <c>-= 10.0.0.0</c> takes <c>10.0.0.0/8</c> away. In no_access only the same word is
    /// taken away, since too much there would let somebody in.
    /// </remarks>
    private static IEnumerable<(string Word, SourceLine Place)> Without(XinetdLine line, (string Word, SourceLine Place) item)
    {
        if (line.Words.Contains(item.Word, StringComparer.OrdinalIgnoreCase))
        {
            return [];
        }

        if (line.Name != "only_from")
        {
            return [item];
        }

        IReadOnlyList<IPNetwork> ranges = XinetdAddress.Parse(item.Word, denies: false).Ranges;
        IPNetwork[] left = [.. ranges.Except(line.Words.SelectMany(word => XinetdAddress.Parse(word, denies: false).Ranges))];
        return left.Length == ranges.Count ? [item] : left.Select(range => (range.ToString(), item.Place));
    }

    private static ImmutableArray<(string, SourceLine)> ItemsOf(XinetdLine line) => [.. line.Words.Select(word => (word, line.Place))];
}
