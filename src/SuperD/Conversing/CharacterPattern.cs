namespace SuperD.Conversing;

/// <summary>The characters of RFC 864: the 95 printable ones as a ring, in lines of 72, each begun one further than the line before.</summary>
internal static class CharacterPattern
{
    private const int First = ' ';
    private const int RingLength = '~' - ' ' + 1;
    private const int LineLength = 72;

    private static readonly byte[] s_bytes = Make();

    /// <summary>All 95 different lines with their CR LF; after the last comes the first.</summary>
    public static ReadOnlySpan<byte> Bytes => s_bytes;

    private static byte[] Make()
    {
        var bytes = new byte[RingLength * (LineLength + 2)];
        int at = 0;
        for (int line = 0; line < RingLength; line++)
        {
            for (int column = 0; column < LineLength; column++)
            {
                bytes[at++] = (byte)(First + ((line + column) % RingLength));
            }

            bytes[at++] = (byte)'\r';
            bytes[at++] = (byte)'\n';
        }

        return bytes;
    }
}
