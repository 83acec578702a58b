namespace SuperD.Configuration;

/// <summary>"Did you mean": finds the known name that a mistyped one most likely stands for.</summary>
internal static class NearestName
{
    /// <summary>Of shorter names too many are near.</summary>
    private const int Shortest = 3;

    /// <summary>The known name with the fewest typing errors; null when they are too many for a word of that length.</summary>
    /// <remarks>
    /// One error, or two in a long word. Of equally near names one with the same letters in another order wins, then one with the same
    /// first letter: a first letter is seldom mistyped.
    /// </remarks>
    public static string? Find(string written, IEnumerable<string> known)
    {
        const int Long = 8;
        return written.Length < Shortest ? null : Find(written, known, written.Length < Long ? 1 : 2);
    }

    /// <summary>Like <see cref="Find(string, IEnumerable{string})"/>, but up to an error in three letters.</summary>
    /// <param name="written">The mistyped name.</param>
    /// <param name="known">So few names, as of commands, that one is hardly ever near by chance.</param>
    public static string? FindAmongFew(string written, IEnumerable<string> known) =>
        Find(written, known, Math.Max(1, written.Length / 3));

    private static string? Find(string written, IEnumerable<string> known, int fewest)
    {
        string? nearest = null;
        foreach (string name in known)
        {
            // The difference in length is a lower bound on the errors.
            if (Math.Abs(name.Length - written.Length) > fewest)
            {
                continue;
            }

            int errors = Distance(written, name);
            if (written.Length == Shortest && errors > 0 && IsAnotherWord(written, name))
            {
                continue;
            }

            if (errors < fewest
                || (errors == fewest && (nearest is null || IsLikelier(name, nearest, written))))
            {
                nearest = name;
                fewest = errors;
            }
        }

        return nearest;
    }

    /// <summary>The number of letters added, lost, changed or swapped with their neighbour (optimal string alignment).</summary>
    /// <remarks>Ignores case.</remarks>
    internal static int Distance(string left, string right)
    {
        int[] beforeLast = new int[right.Length + 1], last = new int[right.Length + 1], row = new int[right.Length + 1];
        for (int j = 0; j <= right.Length; j++)
        {
            last[j] = j;
        }

        for (int i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int change = Same(left[i - 1], right[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1] + 1, last[j] + 1), last[j - 1] + change);
                if (i > 1 && j > 1 && Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1]))
                {
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
                }
            }

            (beforeLast, last, row) = (last, row, beforeLast);
        }

        return last[right.Length];
    }

    private static bool IsLikelier(string name, string nearest, string written) => Likeness(name, written) > Likeness(nearest, written);

    /// <summary>Ranks names with equally many errors: the same letters outweigh the same first letter.</summary>
    private static int Likeness(string name, string written) =>
        (HasSameLetters(name, written) ? 2 : 0) + (StartAlike(name, written) ? 1 : 0);

    /// <summary>Whether a letter differs, not only the letters' order or number: a short word is then another one (php, pip).</summary>
    private static bool IsAnotherWord(string written, string name) =>
        name.Length == written.Length && !HasSameLetters(name, written);

    private static bool HasSameLetters(string left, string right) =>
        left.ToLowerInvariant().Order().SequenceEqual(right.ToLowerInvariant().Order());

    private static bool StartAlike(string left, string right) => left.Length > 0 && right.Length > 0 && Same(left[0], right[0]);

    private static bool Same(char left, char right) => char.ToLowerInvariant(left) == char.ToLowerInvariant(right);
}
