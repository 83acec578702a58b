using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace SuperD.Linux;

/// <summary>A range of user ids, which are group ids as well: <c>61184-65519</c>.</summary>
public sealed record UserRange(uint First, uint Last)
{
    /// <summary>How many there are.</summary>
    public int Count => (int)(Last - First) + 1;

    /// <summary>All of them.</summary>
    public IEnumerable<uint> Ids
    {
        get
        {
            for (long id = First; id <= Last; id++)
            {
                yield return (uint)id;
            }
        }
    }

    /// <summary>Whether an id is one of them.</summary>
    public bool Contains(uint id) => id >= First && id <= Last;

    /// <summary>Reads <c>FIRST-LAST</c>; false if it is anything else.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out UserRange? range)
    {
        string[] ends = text.Split('-');
        range = null;
        if (ends.Length != 2 || !TryParseId(ends[0], out uint first) || !TryParseId(ends[1], out uint last) || last < first)
        {
            return false;
        }

        range = new UserRange(first, last);
        return true;
    }

    /// <summary>Ids as text, in as few ranges as possible: <c>5-9 12-12</c>.</summary>
    public static string Format(IEnumerable<uint> ids)
    {
        var ranges = new List<UserRange>();
        uint[] sorted = [.. ids];
        Array.Sort(sorted);
        foreach (uint id in sorted)
        {
            if (ranges is [.., var last] && last.Last + 1 == id)
            {
                ranges[^1] = last with { Last = id };
            }
            else
            {
                ranges.Add(new UserRange(id, id));
            }
        }

        return string.Join(' ', ranges);
    }

    /// <summary>Reads what <see cref="Format"/> has written; false if it is anything else, or more ids than this.</summary>
    public static bool TryParseAll(string text, int most, out HashSet<uint> ids)
    {
        ids = [];
        foreach (string part in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (!TryParse(part, out UserRange? range) || range.Last - range.First >= most - ids.Count)
            {
                return false;
            }

            ids.UnionWith(range.Ids);
        }

        return true;
    }

    public override string ToString() => $"{First}-{Last}";

    private static bool TryParseId(string text, out uint id) =>
        uint.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out id);
}
