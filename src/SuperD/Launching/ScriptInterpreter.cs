using System.Text;
using SuperD.Linux;

namespace SuperD.Launching;

/// <summary>The interpreter a script's first line names, see execve(2).</summary>
internal static class ScriptInterpreter
{
    /// <summary>As much of the first line as the kernel looks at.</summary>
    private const int MaxLength = 256;

    /// <summary>The path behind <c>#!</c>; null when the file is no script or cannot be read.</summary>
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
