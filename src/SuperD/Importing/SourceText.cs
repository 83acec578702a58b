using System.Text;
using System.Text.Unicode;
using SuperD.Linux;

namespace SuperD.Importing;

/// <summary>Reads the files to import.</summary>
internal static class SourceText
{
    /// <summary>In bytes; larger than any configuration written by hand.</summary>
    public const int Largest = 4 * 1024 * 1024;

    /// <summary>The problem of a file that holds a NUL.</summary>
    public const string NotText = "is not a text file";

    /// <summary>The lines of a file without their LF (a CR before it stays); no lines and the reason when it cannot be read.</summary>
    /// <remarks>UTF-8, or Latin-1 if it is not valid UTF-8: these formats define only bytes, and Latin-1 maps each byte.</remarks>
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

        string[] lines = (Utf8.IsValid(bytes) ? Encoding.UTF8 : Encoding.Latin1).GetString(bytes).Split('\n');
        return (lines[^1].Length == 0 ? lines[..^1] : lines, null);
    }
}
