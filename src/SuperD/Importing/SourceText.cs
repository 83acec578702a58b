using System.Text;
using System.Text.Unicode;

namespace SuperD.Importing;

/// <summary>Reads the files that are imported.</summary>
internal static class SourceText
{
    /// <summary>The lines of a file without their ends (a CR before the end stays); no lines and the reason when it cannot be read.</summary>
    /// <remarks>UTF-8 if it is that. Else Latin-1: these formats know only bytes, and there every byte is one character.</remarks>
    public static (string[] Lines, string? Problem) ReadLines(string file)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(file);
            if (bytes.Contains((byte)0))
            {
                return ([], $"{file} is not a text file");
            }

            string[] lines = (Utf8.IsValid(bytes) ? Encoding.UTF8 : Encoding.Latin1).GetString(bytes).Split('\n');
            return (lines[^1].Length == 0 ? lines[..^1] : lines, null);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return ([], problem.Message);
        }
    }
}
