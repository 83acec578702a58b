using System.CommandLine;

namespace SuperD.Cli;

/// <summary>The option <c>-c FILE</c>, and its default.</summary>
internal static class ConfigurationOption
{
    private const string Here = "superd.toml", System = "/etc/superd/superd.toml";

    /// <summary>Creates the option. All commands share one object, so that it may stand before or after the command's name.</summary>
    public static Option<string?> Create() => new("--config", "-c")
    {
        Description = $"The configuration (default: ./{Here}, then {System})",
        HelpName = "FILE",
    };

    /// <summary>
    /// Returns the given file, or the first of the usual ones that exists; prints a message and returns null if there is none.
    /// </summary>
    public static string? Find(string? given)
    {
        if ((given ?? FindUsual()) is { } file)
        {
            return file;
        }

        Console.Error.WriteLine(
            $"superd: there is no configuration: neither ./{Here} nor {System} exists; write one, or name it with -c FILE");
        return null;
    }

    /// <summary>Returns the first of the usual files that exists; null if there is none.</summary>
    public static string? FindUsual()
    {
        // Whatever has the name counts; the loader reports why it cannot be read.
        return Array.Find([Here, System], usual => Path.Exists(usual) || new FileInfo(usual).LinkTarget is not null);
    }

    /// <summary>Whether a file has the name of the configuration, rather than that of a service.</summary>
    public static bool IsServerFile(string file) => Path.GetFileName(file) == Here;
}
