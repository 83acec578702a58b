using System.CommandLine;

namespace SuperD.Cli;

/// <summary><c>superd run</c>, and <c>superd</c> alone: the daemon itself.</summary>
internal static class RunCommand
{
    /// <summary>The same options and action for <c>superd run</c> and for the root command that stands for it.</summary>
    public static void AddTo(RootCommand root, Option<string?> file)
    {
        Command run = new("run", "Run the daemon (what superd does without a command)");
        Option<bool> strict = new("--strict") { Description = "Do not start when any service file has an error" };
        foreach (Command command in (Command[])[root, run])
        {
            command.Options.Add(file);
            command.Options.Add(strict);
            command.SetAction(parsed => Run(parsed.GetValue(file), parsed.GetValue(strict)));
        }

        root.Subcommands.Add(run);
    }

    private static int Run(string? file, bool strict)
    {
        Console.Error.WriteLine("superd: run is not built in yet");
        return ExitCode.Software;
    }
}
