using System.Text;
using SuperD.Linux;

namespace SuperD.Launching;

/// <summary>Finds the interpreter that a script's first line names, see execve(2).</summary>
internal static class ScriptInterpreter
{
    /// <summary>The kernel reads no more of the first line than this.</summary>
    private const int MaxLength = 256;

    /// <summary>Returns the path after <c>#!</c>; null if the file is not a script or cannot be read.</summary>
    public static string? Of(string path)
    {
        ReadOnlySpan<byte> start = SmallFile.ReadStart(path, MaxLength);
        if (!start.StartsWith("#!"u8))
        {
            return null;
        }

        int end = start.IndexOf((byte)'\n');
        string line = Encoding.UTF8.GetString(end < 0 ? start[2..] : start[2..end]).Trim();
        int space = line.IndexOfAny([' ', '\t']);
        return space < 0 ? line : line[..space];
    }
}
