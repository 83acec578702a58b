using SuperD.Configuration.Rules;
using SuperD.Linux;

namespace SuperD.Configuration;

/// <summary>The service files of a directory: every <c>NAME.toml</c>, in byte order of the names.</summary>
internal static class ServicesDirectory
{
    /// <summary>The suffix of a service file.</summary>
    public const string Extension = ".toml";

    private const int LongestName = 64;

    /// <summary>The paths of the service files, as shown in messages; null when the directory cannot be read, which is reported.</summary>
    /// <param name="directory">As shown in messages.</param>
    /// <param name="place">Where superd.toml names the directory, or superd.toml itself.</param>
    /// <param name="context">The load.</param>
    /// <param name="others">The other names in the directory, sorted, without those that start with a dot.</param>
    public static List<string>? List(string directory, Place place, LoadContext context, out List<string> others)
    {
        others = [];
        Problems problems = context.Problems;
        string subject = $"the services directory {Wording.Quote(directory)}";
        int errno = FileStatus.TryRead(directory, followLinks: true, out FileStatus status);
        if (errno != 0)
        {
            problems.Error(
                place,
                $"{subject} cannot be read: {Errno.Describe(errno)}; create it, or name another with services = \"...\"");
            return null;
        }

        if (status.Kind != FileKind.Directory)
        {
            problems.Error(
                place,
                $"{subject} is {FileWords.Of(status.Kind)}, not a directory; name the directory that holds the service files");
            return null;
        }

        if (StrictWords.WhatIsWrong(context.Strict, directory) is { } fault)
        {
            // Its services do not run, but superd does, as with a bad service file.
            problems.Error(new Place(directory, SourceSpan.WholeFile), fault);
            return null;
        }

        if (DirectoryNames.TryRead(directory, out List<string> names) is { } problem)
        {
            problems.Error(place, $"{subject} {problem}; name the directory that holds the service files, and nothing else");
            return null;
        }

        names.RemoveAll(name => name.StartsWith('.'));
        names.Sort(string.CompareOrdinal);
        List<string> files = [.. names.Where(IsServiceFile).Select(name => Path.Combine(directory, name))];
        others = [.. names.Where(name => !IsServiceFile(name))];
        return files;
    }

    /// <summary>Whether the name of a file is that of a service file.</summary>
    public static bool IsServiceFile(string name) => name.EndsWith(Extension, StringComparison.Ordinal);

    /// <summary>The service's name from its file's; null when that is not a valid name, which is reported.</summary>
    /// <remarks>The name becomes a word in log lines, the value of an environment variable and an argument of commands.</remarks>
    public static string? NameOf(string file, Problems problems)
    {
        string name = Path.GetFileName(file)[..^Extension.Length];
        if (WhatIsWrongWithName(name) is not { } wrong)
        {
            return name;
        }

        problems.Error(new Place(file, SourceSpan.WholeFile), $"{wrong}; rename the file");
        return null;
    }

    /// <summary>Null if a service may have this name.</summary>
    public static string? WhatIsWrongWithName(string name)
    {
        bool good = name.Length is > 0 and <= LongestName && char.IsAsciiLetterOrDigit(name[0]);
        foreach (char letter in name)
        {
            good &= char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or '+' or '@';
        }

        return good
            ? null
            : $"{Wording.Quote(name)} is no name for a service: it must begin with a letter or digit, have at most {LongestName} "
                + "characters, and of these only letters, digits and - _ . + @";
    }
}
