namespace SuperD.ProxyProtocol;

/// <summary>Reads a header of the PROXY protocol, of either version, from the first bytes of a connection.</summary>
/// <remarks>
/// After haproxy's proxy-protocol.txt: what is not exactly a header is invalid, nothing is guessed. The whole header must be there before
/// anything of it is believed.
/// </remarks>
internal static class HeaderParser
{
    /// <summary>Bytes that are enough to see a whole header of either version, or that there is none.</summary>
    public const int MaxLength = BinaryHeader.MaxLength;

    /// <param name="bytes">What has arrived so far; bytes behind <see cref="MaxLength"/> do not matter.</param>
    /// <param name="header">Set when complete.</param>
    /// <param name="problem">What is wrong with it, when it is invalid.</param>
    public static HeaderState Parse(ReadOnlySpan<byte> bytes, out ProxyHeader header, out string problem)
    {
        if (Begins(bytes, TextHeader.Start))
        {
            return bytes.Length < TextHeader.Start.Length ? Incomplete(out header, out problem) : TextHeader.Parse(bytes, out header, out problem);
        }

        if (Begins(bytes, BinaryHeader.Signature))
        {
            return bytes.Length < BinaryHeader.FixedLength ? Incomplete(out header, out problem) : BinaryHeader.Parse(bytes, out header, out problem);
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

    /// <summary>As far as both go.</summary>
    private static bool Begins(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> start)
    {
        int length = Math.Min(bytes.Length, start.Length);
        return bytes[..length].SequenceEqual(start[..length]);
    }
}
