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
    /// <param name="root">The root directory, if it is not this process's.</param>
    public static string? FindUsual(string directory = "", string root = "")
    {
        // Whatever has the name counts; the loader reports why it cannot be read.
        return Array.Find(
            [Path.Combine(directory, Here), System],
            usual => Path.Exists(root + usual) || new FileInfo(root + usual).LinkTarget is not null);
    }

    /// <summary>Whether a file has the name of the configuration, rather than that of a service.</summary>
    public static bool IsServerFile(string file) => Path.GetFileName(file) == Here;
}
