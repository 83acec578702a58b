using SuperD.Linux;
using SuperD.Logging;

namespace SuperD.Cli;

/// <summary>Finds bytes that .NET has lost: in arguments, and in the name of the working directory, that are not UTF-8.</summary>
/// <remarks>
/// .NET puts U+FFFD in place of such bytes. superd would then read, or write, another file than the user means, such as a sibling of the
/// working directory.
/// </remarks>
internal static class LostBytes
{
    private const char Substitute = '\uFFFD';

    private const int LargestCommandLine = 16 * 1024 * 1024;

    private const int LongestShown = 60;

    /// <summary>Returns a sentence about the first lost bytes; null if there are none.</summary>
    public static string? Find(IEnumerable<string> arguments)
    {
        if (arguments.Any(HasSubstitute) && FindArgument() is { } argument)
        {
            string cut = argument.Length > LongestShown ? "..." : string.Empty;
            return $"the argument {Printable.Escape(argument.AsSpan(0, Math.Min(argument.Length, LongestShown)))}{cut} is not UTF-8, "
                + "and superd uses no other text; give the file another name (mv, convmv)";
        }

        // A name may have a U+FFFD of its own; then it leads to the directory.
        return new FileInfo("/proc/self/cwd").LinkTarget is { } directory
            && HasSubstitute(directory)
            && FileIdentity.OfTarget(directory) != FileIdentity.OfTarget(".")
                ? $"the path of the working directory, {Printable.Show(directory)}, is not UTF-8, and superd uses no other names; "
                    + "work in another directory, or give this one another name"
                : null;
    }

    private static bool HasSubstitute(string text) => text.Contains(Substitute);

    private static byte[]? FindArgument()
    {
        byte[] line = SmallFile.Read("/proc/self/cmdline", LargestCommandLine).Bytes;
        foreach (Range range in new ReadOnlySpan<byte>(line).Split((byte)0))
        {
            if (!System.Text.Unicode.Utf8.IsValid(line.AsSpan(range)))
            {
                return line[range];
            }
        }

        return null;
    }
}
