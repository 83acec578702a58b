using System.Text;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>The messages of strict modes, with the command that fixes the problem.</summary>
internal static class StrictWords
{
    /// <summary>What strict_modes means for superd.toml: it cannot exempt itself.</summary>
    public const string OfServer = "strict_modes = false would not help: anyone who can change superd.toml could write that too";

    /// <summary>What it means for every other file.</summary>
    public const string Off = "strict_modes = false in superd.toml would allow it";

    /// <summary>Who can change a file, as the end of a sentence that starts with it; null when only trusted users can.</summary>
    /// <param name="strict">Null: no check.</param>
    /// <param name="path">As shown in messages; relative to the working directory.</param>
    /// <param name="opened">See <see cref="StrictModes.FindFault"/>.</param>
    /// <param name="root">See <see cref="StrictModes.FindFault"/>.</param>
    /// <param name="otherwise">What strict_modes means for it. The command comes last, so that a paste ends with it.</param>
    public static string? WhatIsWrong(
        StrictModes? strict,
        string path,
        FileStatus? opened = null,
        string root = "",
        string otherwise = Off)
    {
        string absolute = Path.IsPathRooted(path) ? path : Path.Combine(Environment.CurrentDirectory, path);
        return strict?.FindFault(root, absolute, opened) is { } fault
            ? $"can be changed by others than root ({otherwise}): {Describe(fault)}"
            : null;
    }

    private static string Describe(StrictFault fault)
    {
        string shown = $"{FileWords.Of(fault.Status.Kind)[2..]} {Wording.QuoteWhole(fault.Path)}";
        bool isLink = fault.Status.Kind == FileKind.SymbolicLink;
        return fault.IsForeign
            ? $"the {shown} belongs to uid {fault.Status.UserId}; give it to root with: "
                + $"chown {(isLink ? "-h " : "")}root {ShellWord(fault.Path)}"
            : $"the {shown} has mode {Wording.Mode(fault.Status.Permissions)}, owner {fault.Status.UserId}:{fault.Status.GroupId}; "
                + $"close it with: chmod go-w {ShellWord(fault.Path)}";
    }

    /// <summary>A path quoted as one word for a shell.</summary>
    internal static string ShellWord(string path)
    {
        if (path.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '.' or '_' or '-' or '+' or '@' or ',' or ':' or '='))
        {
            return path;
        }

        if (!path.Any(char.IsControl))
        {
            return "'" + path.Replace("'", "'\\''") + "'";
        }

        var word = new StringBuilder("$'");
        foreach (char letter in path)
        {
            string escape = char.IsControl(letter) ? $"\\u{(int)letter:x4}" : letter is '\'' or '\\' ? $"\\{letter}" : letter.ToString();
            word.Append(escape);
        }

        return word.Append('\'').ToString();
    }
}
