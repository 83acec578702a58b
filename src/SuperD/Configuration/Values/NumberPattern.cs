namespace SuperD.Configuration.Values;

/// <summary>Patterns for decimal numbers within bounds, for the values that are text: <c>"5m"</c>, <c>"127.0.0.1:80"</c>.</summary>
internal static class NumberPattern
{
    /// <summary>The numbers from one bound to the other, with or without leading zeros.</summary>
    public static string Between(ulong least, ulong most)
    {
        List<string> pieces = least == 0 ? ["0"] : [];
        string lowest = $"{Math.Max(least, 1)}", highest = $"{most}";
        int firstWhole = 0;
        for (int length = lowest.Length; most > 0 && length <= highest.Length; length++)
        {
            string smallest = "1" + new string('0', length - 1), largest = new string('9', length);
            string from = length == lowest.Length ? lowest : smallest, to = length == highest.Length ? highest : largest;

            // All numbers of several lengths make one piece.
            bool isWhole = from == smallest && to == largest;
            firstWhole = !isWhole ? 0 : firstWhole == 0 ? length : firstWhole;
            if (firstWhole > 0 && firstWhole < length)
            {
                pieces[^1] = $"[1-9][0-9]{{{firstWhole - 1},{length - 1}}}";
            }
            else
            {
                pieces.AddRange(OfOneLength(from, to));
            }
        }

        return $"0*(?:{string.Join('|', pieces)})";
    }

    /// <summary>The numbers from a bound to the last of so many digits.</summary>
    public static string AtLeast(ulong least, int digits) => Between(least, ulong.Parse(new string('9', digits)));

    /// <summary>Patterns that together match the numbers between two of the same length.</summary>
    private static IEnumerable<string> OfOneLength(string from, string to)
    {
        int rest = from.Length - 1;
        bool startsFull = from.AsSpan(1).IndexOfAnyExcept('0') < 0, endsFull = to.AsSpan(1).IndexOfAnyExcept('9') < 0;
        if (from[0] == to[0] && !(startsFull && endsFull))
        {
            return OfOneLength(from[1..], to[1..]).Select(piece => from[0] + piece);
        }

        char first = startsFull ? from[0] : (char)(from[0] + 1), last = endsFull ? to[0] : (char)(to[0] - 1);
        return
        [
            .. startsFull ? [] : OfOneLength(from[1..], new string('9', rest)).Select(piece => from[0] + piece),
            .. first > last ? (string[])[] : [(first == last ? $"{first}" : $"[{first}-{last}]") + AnyDigits(rest)],
            .. endsFull ? [] : OfOneLength(new string('0', rest), to[1..]).Select(piece => to[0] + piece),
        ];
    }

    private static string AnyDigits(int count) => count == 0 ? "" : count == 1 ? "[0-9]" : $"[0-9]{{{count}}}";
}
