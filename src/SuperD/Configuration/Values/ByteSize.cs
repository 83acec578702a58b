namespace SuperD.Configuration.Values;

/// <summary>Sizes in bytes as text: <c>64M</c>, <c>64MiB</c>; K, M, G and T are powers of 1024.</summary>
internal static class ByteSize
{
    /// <summary>The accepted form, for messages.</summary>
    public const string Form = "a number of bytes or a size such as \"64M\" (units K, M, G, T, of 1024)";

    /// <summary>The pattern of sizes of at least so many bytes.</summary>
    /// <remarks>Above they are bounded by the number of their digits: the exact bound would make a long pattern.</remarks>
    public static string Pattern(ulong least)
    {
        (string Units, int Shift, int Digits)[] sizes =
            [("B?", 0, 19), ("K(?:iB)?", 10, 16), ("M(?:iB)?", 20, 13), ("G(?:iB)?", 30, 10), ("T(?:iB)?", 40, 7)];
        return $"(?:{string.Join('|', sizes.Select(size => NumberPattern.AtLeast(InUnits(size.Shift), size.Digits) + size.Units))})";

        ulong InUnits(int shift) => (least >> shift) + (least % (1UL << shift) > 0 ? 1UL : 0);
    }

    /// <summary>Parses a size of at most <see cref="long.MaxValue"/>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ulong bytes)
    {
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
        {
            digits++;
        }

        int shift = text[digits..] switch
        {
            "" or "B" => 0,
            "K" or "KiB" => 10,
            "M" or "MiB" => 20,
            "G" or "GiB" => 30,
            "T" or "TiB" => 40,
            _ => -1,
        };
        bytes = 0;
        if (shift < 0 || !ulong.TryParse(text[..digits], out ulong number) || number > (ulong)long.MaxValue >> shift)
        {
            return false;
        }

        bytes = number << shift;
        return true;
    }
}
