using System.CommandLine;

namespace SuperD.Cli;

/// <summary>The option <c>-c FILE</c>, and its default.</summary>
internal static class ConfigurationOption
{
    /// <summary>What is wrong when there is none.</summary>
    public const string Missing = $"there is no configuration: neither ./{Here} nor {System} exists";

    /// <summary>The option's name.</summary>
    public const string Name = "--config";

    private const string Here = "superd.toml", System = "/etc/superd/superd.toml";

    /// <summary>Creates the option. All commands share one object, so that it may stand before or after the command's name.</summary>
    public static Option<string?> Create() => new(Name, "-c")
    {
        Description = $"The configuration (default: ./{Here}, then {System})",
        HelpName = "FILE",
    };

    /// <summary>
    /// Returns the given file, or the first of the usual ones that exists; prints a message and returns null if there is none.
    /// </summary>
    public static string? Find(string? given)
    {
        string? found = given ?? FindUsual();
        if (found is null)
        {
            Console.Error.WriteLine($"superd: {Missing}; 'superd init' writes one here, or name it with -c FILE");
        }

        return found;
    }

    /// <summary>The option for a command that the user is to paste: <c> -c sub/superd.toml</c>; empty without a file.</summary>
    public static string Again(string? given) =>
        given is null ? string.Empty : $" -c {ShellWord.Quote(given)}";

    /// <summary>Returns the first of the usual files that exists; null if there is none.</summary>
    /// <param name="directory">The working directory, if it is not this process's.</param>
    public static string? FindUsual(string directory = "")
    {
        // Whatever has the name counts; the loader reports why it cannot be read.
        return Array.Find(
            [Path.Combine(directory, Here), System], usual => Path.Exists(usual) || new FileInfo(usual).LinkTarget is not null);
    }

    /// <summary>The absolute paths of the usual files, for a superd that was started in a directory.</summary>
    public static string[] Usual(string directory) => [Path.Combine(directory, Here), System];

    /// <summary>The file that a superd was given with these arguments; null if none.</summary>
    public static string? GivenIn(IReadOnlyList<string> arguments)
    {
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            if (argument is "-c" or "--config")
            {
                return i + 1 < arguments.Count ? arguments[i + 1] : null;
            }

            if (argument.StartsWith("--config=", StringComparison.Ordinal) || argument.StartsWith("--config:", StringComparison.Ordinal))
            {
                return argument["--config=".Length..];
            }

            if (argument.StartsWith("-c", StringComparison.Ordinal))
            {
                return argument["-c".Length..].TrimStart('=', ':');
            }
        }

        return null;
    }

    /// <summary>Whether a file has the name of the configuration, rather than that of a service.</summary>
    public static bool IsServerFile(string file) => Path.GetFileName(file) == Here;
}
