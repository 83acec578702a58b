using System.CommandLine;
using System.CommandLine.Parsing;

namespace SuperD.Cli;

/// <summary>The tree of commands, and the way from argv to an exit code. Each command is built in a file of its own.</summary>
internal static class CommandLine
{
    public static int Run(string[] arguments)
    {
        RootCommand root = BuildTree(onlyRun: arguments is [] or [RunCommand.Name, ..]);

        // No @file expansion: an argument is what the user wrote (superd connect --send @me).
        ParseResult parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors is [ParseError error, ..])
        {
            Console.Error.WriteLine($"superd: {InOneLine(error.Message)}; try '{HelpFor(parsed.CommandResult.Command)}'");
            return ExitCode.Usage;
        }

        // Signals and unplanned exceptions are superd's own affair.
        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    /// <param name="onlyRun">The daemon shall start: it does not wait for the commands that nobody can ask for any more.</param>
    private static RootCommand BuildTree(bool onlyRun)
    {
        RootCommand root = new("Listen on many ports; run a program per connection, the socket as stdin and stdout.");
        VersionOption.Use(root);
        Option<string?> file = ConfigurationOption.Create();
        RunCommand.AddTo(root, file);
        if (onlyRun)
        {
            return root;
        }

        root.Subcommands.Add(CheckCommand.Build(file));
        root.Subcommands.Add(ConnectCommand.Build());
        ConsoleOptions console = new(file);
        root.Subcommands.Add(TryCommand.Build(file));
        root.Subcommands.Add(StatusCommand.Build(console));
        root.Subcommands.Add(PsCommand.Build(console));
        root.Subcommands.Add(TopCommand.Build(console));
        root.Subcommands.Add(EndCommand.Build(console));
        root.Subcommands.Add(PauseCommand.Build(console));
        root.Subcommands.Add(ResumeCommand.Build(console));
        root.Subcommands.Add(DrainCommand.Build(console));
        root.Subcommands.Add(ReloadCommand.Build(console));
        root.Subcommands.Add(WhyCommand.Build(console));
        root.Subcommands.Add(TailCommand.Build(console));
        root.Subcommands.Add(MetricsCommand.Build(console));
        root.Subcommands.Add(UpgradeCommand.Build(console));
        root.Subcommands.Add(UpgradeCheckCommand.Build(file));
        root.Subcommands.Add(ImportCommand.Build());
        root.Subcommands.Add(HelpCommand.Build(root));
        return root;
    }

    private static string HelpFor(Command command) => command is RootCommand ? "superd --help" : $"superd help {command.Name}";

    private static string InOneLine(string message)
    {
        string line = string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');
        return line.Length > 0 ? char.ToLowerInvariant(line[0]) + line[1..] : line;
    }
}
