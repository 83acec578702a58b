using System.Globalization;

namespace SuperD.Linux;

/// <summary>A range of user ids, which are group ids as well: <c>61184-65519</c>.</summary>
public readonly record struct UserRange(uint First, uint Last)
{
    /// <summary>How many there are.</summary>
    public int Count => (int)(Last - First) + 1;

    /// <summary>Whether an id is one of them.</summary>
    public bool Contains(uint id) => id >= First && id <= Last;

    /// <summary>Reads <c>FIRST-LAST</c>; false if it is anything else.</summary>
    public static bool TryParse(string text, out UserRange range)
    {
        string[] ends = text.Split('-');
        range = default;
        if (ends.Length != 2 || !TryParseId(ends[0], out uint first) || !TryParseId(ends[1], out uint last) || last < first)
        {
            return false;
        }

        range = new UserRange(first, last);
        return true;
    }

    public override string ToString() => $"{First}-{Last}";

    private static bool TryParseId(string text, out uint id) =>
        uint.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out id);
}
