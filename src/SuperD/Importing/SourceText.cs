using System.Text;
using System.Text.Unicode;
using SuperD.Linux;

namespace SuperD.Importing;

/// <summary>Reads the files that are imported.</summary>
internal static class SourceText
{
    /// <summary>Larger than any configuration that somebody has written.</summary>
    public const int Largest = 4 * 1024 * 1024;

    /// <summary>The lines of a file without their ends (a CR before the end stays); no lines and the reason when it cannot be read.</summary>
    /// <remarks>UTF-8 if it is that. Else Latin-1: these formats know only bytes, and there every byte is one character.</remarks>
    public static (string[] Lines, string? Problem) ReadLines(string file) => LinesOf(SmallFile.Read(file, Largest));

    /// <summary>As <see cref="ReadLines"/>, of the file that the user names: a pipe to superd's standard input is read too.</summary>
    public static (string[] Lines, string? Problem) ReadArgument(string file) => LinesOf(SmallFile.ReadArgument(file, Largest));

    /// <summary>The lines of a file that was read, or the reason why it was not, as the end of a sentence that begins with the file.</summary>
    public static (string[] Lines, string? Problem) LinesOf(SmallFile read)
    {
        byte[] bytes = read.Bytes;
        if (!read.IsGood || bytes.Contains((byte)0))
        {
            return ([], read.IsGood ? "is not a text file" : read.Why);
        }

        string[] lines = (Utf8.IsValid(bytes) ? Encoding.UTF8 : Encoding.Latin1).GetString(bytes).Split('\n');
        return (lines[^1].Length == 0 ? lines[..^1] : lines, null);
    }
}
