using System.Text;
using System.Text.Unicode;

namespace SuperD.Configuration.Toml;

/// <summary>First stage of the reader: bytes to text.</summary>
internal static class TomlText
{
    private static ReadOnlySpan<byte> Utf8ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The file's text without byte order mark; bytes that are not UTF-8 are reported and stand as U+FFFD.</summary>
    /// <returns>Null when it makes no sense to read on, because the file is too large or has another encoding; that is reported.</returns>
    public static string? Decode(ReadOnlySpan<byte> bytes, TomlProblems problems)
    {
        if (bytes.Length > TomlDocument.MaxBytes)
        {
            problems.Add(
                SourceSpan.WholeFile,
                $"the file has {bytes.Length} bytes, more than the {TomlDocument.MaxBytes} " +
                $"({TomlDocument.MaxBytes / 1024} KiB) that are read; check that it is the right file, or split it");
            return null;
        }

        if (IsUtf16(bytes))
        {
            problems.Add(new SourceSpan(1, 1), "the file is UTF-16, TOML is UTF-8; save it as UTF-8");
            return null;
        }

        if (bytes.StartsWith(Utf8ByteOrderMark))
        {
            bytes = bytes[Utf8ByteOrderMark.Length..];
        }

        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : DecodeFaulty(bytes, problems);
    }

    // By its byte order mark or, without one, by a zero byte in the first two-byte unit: a NUL is never valid in TOML.
    private static bool IsUtf16(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 2 && (bytes[0], bytes[1]) is (0xFF, 0xFE) or (0xFE, 0xFF) or (0, not 0) or (not 0, 0);

    private static string DecodeFaulty(ReadOnlySpan<byte> bytes, TomlProblems problems)
    {
        StringBuilder text = new(bytes.Length);
        int line = 1;
        int column = 1;
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) != System.Buffers.OperationStatus.Done)
            {
                problems.Add(new SourceSpan(line, column), $"byte 0x{bytes[0]:X2} is not UTF-8; save the file as UTF-8");
            }

            text.Append(rune.ToString());
            bytes = bytes[length..];
            (line, column) = rune.Value == '\n' ? (line + 1, 1) : (line, column + 1);
        }

        return text.ToString();
    }
}
