namespace SuperD.Conversing;

/// <summary>
/// The pattern of RFC 864: lines of 72 out of the 95 printable characters, each line starting one character later than the one before.
/// </summary>
internal static class CharacterPattern
{
    private const int First = ' ';
    private const int RingLength = '~' - ' ' + 1;
    private const int LineLength = 72;

    private static readonly byte[] s_bytes = Make();

    /// <summary>All 95 distinct lines with their CR LF; the first follows the last.</summary>
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
