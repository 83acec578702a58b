namespace SuperD.Configuration.Values;

/// <summary>Sizes in bytes as text: <c>64M</c>, <c>64MiB</c>; K, M, G and T are powers of 1024.</summary>
internal static class ByteSize
{
    /// <summary>The accepted form, for messages.</summary>
    public const string Form = "a number of bytes or a size such as \"64M\" (units K, M, G, T, of 1024)";

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
