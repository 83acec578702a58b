using System.Text;
using SuperD.Linux;

namespace SuperD.Importing;

/// <summary>Reads the files to import.</summary>
internal static class SourceText
{
    /// <summary>In bytes; larger than any configuration written by hand.</summary>
    public const int Largest = 4 * 1024 * 1024;

    /// <summary>The problem of a file that holds a NUL.</summary>
    public const string NotText = "is not a text file";

    /// <summary>Why text with bytes that are not UTF-8 cannot be kept, as the end of a sentence that starts with it.</summary>
    public const string NotUtf8 = "has bytes that are not UTF-8, which a TOML file cannot hold: write it as UTF-8, or put it into a script";

    /// <summary>The lines of a file without their LF (a CR before it stays); no lines and the reason when it cannot be read.</summary>
    /// <remarks>Bytes that are not UTF-8 become <see cref="Rune.ReplacementChar"/>; see <see cref="IsUtf8"/>.</remarks>
    public static (string[] Lines, string? Problem) ReadLines(string file) => LinesOf(SmallFile.Read(file, Largest));

    /// <summary>Reads a file named by the user, like <see cref="ReadLines"/>; a pipe to superd's standard input works too.</summary>
    public static (string[] Lines, string? Problem) ReadArgument(string file) => LinesOf(SmallFile.ReadArgument(file, Largest));

    /// <summary>The lines of a file already read, or the problem as the end of a sentence that starts with the file.</summary>
    public static (string[] Lines, string? Problem) LinesOf(SmallFile read)
    {
        byte[] bytes = read.Bytes;
        if (!read.IsGood || bytes.Contains((byte)0))
        {
            return ([], read.IsGood ? NotText : read.Why);
        }

        string[] lines = Encoding.UTF8.GetString(bytes).Split('\n');
        return (lines[^1].Length == 0 ? lines[..^1] : lines, null);
    }

    /// <summary>Whether text of a file was UTF-8; a replacement character in the file itself counts as none.</summary>
    public static bool IsUtf8(string text) => !text.Contains((char)Rune.ReplacementChar.Value);
}
