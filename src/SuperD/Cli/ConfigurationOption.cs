using System.CommandLine;

namespace SuperD.Cli;

/// <summary>Option <c>-c FILE</c>, and which superd.toml is meant without it.</summary>
internal static class ConfigurationOption
{
    private const string Here = "superd.toml", System = "/etc/superd/superd.toml";

    /// <summary>One option object for all commands that take it: then it may stand before the command's name as well as after.</summary>
    public static Option<string?> Create() => new("--config", "-c")
    {
        Description = $"The configuration (default: ./{Here}, then {System})",
        HelpName = "FILE",
    };

    /// <summary>The file to load: the one given, else the first of the usual places that is there; null when there is none, which is then said.</summary>
    public static string? Find(string? given)
    {
        if (given is not null)
        {
            return given;
        }

        foreach (string usual in (string[])[Here, System])
        {
            // Anything of that name counts: why it cannot be read, the loader says.
            if (Path.Exists(usual) || new FileInfo(usual).LinkTarget is not null)
            {
                return usual;
            }
        }

        Console.Error.WriteLine($"superd: there is no configuration: neither ./{Here} nor {System} exists; write one, or name it with -c FILE");
        return null;
    }
}
