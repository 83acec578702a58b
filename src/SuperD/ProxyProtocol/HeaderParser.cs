namespace SuperD.ProxyProtocol;

/// <summary>Parses a PROXY protocol header, of either version, from the first bytes of a connection.</summary>
/// <remarks>
/// Follows haproxy's proxy-protocol.txt: what is not exactly a header is invalid, and nothing is guessed. No part of a header is believed
/// before the whole has arrived.
/// </remarks>
internal static class HeaderParser
{
    /// <summary>How many bytes suffice to see a whole header of either version, or that there is none.</summary>
    public const int MaxLength = BinaryHeader.MaxLength;

    /// <summary>Parses a header.</summary>
    /// <param name="bytes">What has arrived so far; bytes beyond <see cref="MaxLength"/> do not matter.</param>
    /// <param name="header">Set if the header is complete.</param>
    /// <param name="problem">What is wrong with it, if it is invalid.</param>
    public static HeaderState Parse(ReadOnlySpan<byte> bytes, out ProxyHeader header, out string problem)
    {
        if (Begins(bytes, TextHeader.Start))
        {
            return bytes.Length < TextHeader.Start.Length
                ? Incomplete(out header, out problem)
                : TextHeader.Parse(bytes, out header, out problem);
        }

        if (Begins(bytes, BinaryHeader.Signature))
        {
            return bytes.Length < BinaryHeader.FixedLength
                ? Incomplete(out header, out problem)
                : BinaryHeader.Parse(bytes, out header, out problem);
        }

        header = default;
        problem = "it begins with something else";
        return HeaderState.Invalid;
    }

    private static HeaderState Incomplete(out ProxyHeader header, out string problem)
    {
        header = default;
        problem = string.Empty;
        return HeaderState.Incomplete;
    }

    /// <summary>Compares only as many bytes as both have.</summary>
    private static bool Begins(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> start)
    {
        int length = Math.Min(bytes.Length, start.Length);
        return bytes[..length].SequenceEqual(start[..length]);
    }
}
