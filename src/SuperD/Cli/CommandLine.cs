using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using SuperD.Configuration;

namespace SuperD.Cli;

/// <summary>The tree of commands, and the way from argv to an exit code. Each command has a file of its own.</summary>
internal static class CommandLine
{
    /// <summary>The help name of options whose value may be any text, even an empty one.</summary>
    public const string FreeText = "TEXT";

    /// <summary>The longest complaint about a command line, in characters; an argument may have 128 KiB.</summary>
    private const int LongestComplaint = 400;

    /// <summary>
    /// THE EDGE: turns whatever a command throws into one line on stderr and an exit code. The daemon has logged an error before it gets
    /// here.
    /// </summary>
    public static int Run(string[] arguments)
    {
        Console.SetOut(StandardStreams.WriterTo(StandardStreams.OpenOutput()));
        Console.SetError(new PrintableWriter(() => StandardStreams.WriterTo(StandardStreams.OpenError())));
        try
        {
            if (LostBytes.Find(arguments) is { } lost)
            {
                Console.Error.WriteLine($"superd: {lost}");
                return ExitCode.Usage;
            }

            RootCommand root = BuildTree(onlyRun: arguments is [] or [RunCommand.Name, ..]);
            ParseResult parsed = Parse(root, arguments, out string? complaint);
            if (complaint is not null)
            {
                Console.Error.WriteLine(complaint);
                return ExitCode.Usage;
            }

            // superd handles signals and unexpected exceptions itself.
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (OutputFailure failure)
        {
            if (!failure.IsReaderGone)
            {
                Console.Error.WriteLine($"superd: cannot write to stdout: {failure.Message}");
            }

            return ExitCode.IoError;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"superd: cannot read or write: {InOneLine(FileFailure.Describe(problem))}");
            return ExitCode.IoError;
        }
        catch (Exception shortage) when (ThreadShortage.IsCause(shortage))
        {
            Console.Error.WriteLine($"superd: {ThreadShortage.Text}");
            return ExitCode.OsError;
        }
        catch (Exception unplanned)
        {
            string where = unplanned.StackTrace is { } trace ? $" ({InOneLine(trace.Split('\n')[0])})" : string.Empty;
            Console.Error.WriteLine(
                $"superd: unexpected error; please report it: {unplanned.GetType().Name}: {InOneLine(unplanned.Message)}{where}");
            return ExitCode.Software;
        }
    }

    /// <summary>Parses a command line.</summary>
    /// <param name="complaint">Null, or the line that says what is wrong with it.</param>
    internal static ParseResult Parse(RootCommand root, string[] arguments, out string? complaint)
    {
        // No @file expansion: an argument is exactly what the user wrote (superd connect --send @me).
        ParseResult parsed = root.Parse(
            HelpCommand.Separate(AddCommand.Separate(arguments)), new ParserConfiguration { ResponseFileTokenReplacer = null });
        complaint = null;

        if (UsageError.Find(parsed) is { } wrong)
        {
            string what = InOneLine(wrong);
            what = what.EndsWith('.') && !what.EndsWith("...", StringComparison.Ordinal) ? what[..^1] : what;
            what = what.Length > 1 && char.IsLower(what[1]) ? char.ToLowerInvariant(what[0]) + what[1..] : what;
            complaint = $"superd: {what}; try '{HelpFor(parsed.CommandResult.Command)}'";
        }

        return parsed;
    }

    /// <summary>Builds the tree.</summary>
    /// <param name="onlyRun">Whether only the daemon is wanted, which then starts without building all other commands.</param>
    internal static RootCommand BuildTree(bool onlyRun)
    {
        RootCommand root = new("Listen on many ports; run a program per connection, the socket as stdin and stdout.");
        root.Directives.Clear(); // '[suggest]' is an ordinary word
        VersionOption.Use(root);
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpAction { MaxWidth = Terminal.PageWidth };
        }

        Option<string?> file = ConfigurationOption.Create();
        RunCommand.AddTo(root, file);
        if (!onlyRun)
        {
            AddOthers(root, file);
        }

        RefuseEmptyValues(root);
        return root;
    }

    private static void AddOthers(RootCommand root, Option<string?> file)
    {
        root.Subcommands.Add(InitCommand.Build());
        root.Subcommands.Add(AddCommand.Build(file));
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
        root.Subcommands.Add(WebCommand.Build());
        root.Subcommands.Add(UpgradeCommand.Build(console));
        root.Subcommands.Add(UpgradeCheckCommand.Build(file));
        root.Subcommands.Add(CompleteCommand.Build(console, file));
        root.Subcommands.Add(RemoveTracesCommand.Build());
        root.Subcommands.Add(ImportCommand.Build());
        root.Subcommands.Add(HelpCommand.Build(root));
    }

    /// <summary>
    /// Refuses empty values: an empty value usually comes from an unset shell variable, and names no file, service or address.
    /// </summary>
    private static void RefuseEmptyValues(RootCommand root)
    {
        Command[] commands = [.. WithSubcommands(root)];
        foreach (Argument argument in commands.SelectMany(command => command.Arguments))
        {
            argument.Validators.Add(result => RefuseEmptyValue(result, argument.Name));
        }

        foreach (Option option in commands.SelectMany(command => command.Options).Distinct().Where(option => option.HelpName != FreeText))
        {
            option.Validators.Add(result => RefuseEmptyValue(result, option.Name));
        }
    }

    private static IEnumerable<Command> WithSubcommands(Command command) =>
        command.Subcommands.SelectMany(WithSubcommands).Prepend(command);

    private static void RefuseEmptyValue(SymbolResult result, string name)
    {
        if (result.Tokens.Any(token => token.Value.Length == 0))
        {
            result.AddError($"{name} is empty; give it a value, or leave it out");
        }
    }

    /// <summary>The words that select a command: <c>import</c>, <c>xinetd</c>; none for the root.</summary>
    internal static IReadOnlyList<string> NamesOf(Command command)
    {
        var names = new List<string>();
        for (Command? one = command; one is not null and not RootCommand; one = one.Parents.OfType<Command>().FirstOrDefault())
        {
            names.Insert(0, one.Name);
        }

        return names;
    }

    /// <summary>The name of an argument as the help shows it: <c>SERVICE</c>, <c>ID...</c>.</summary>
    internal static string NameOf(Argument argument) =>
        (argument.HelpName ?? argument.Name) + (argument.Arity.MaximumNumberOfValues > 1 ? "..." : "");

    /// <summary>A command with its arguments; brackets mark those that may be left out: <c>superd ps [SERVICE]</c>.</summary>
    internal static string Usage(Command command)
    {
        IEnumerable<string> arguments = command.Arguments.Select(argument =>
            argument.Arity.MinimumNumberOfValues == 0 || argument.HasDefaultValue ? $"[{NameOf(argument)}]" : NameOf(argument));
        return string.Join(' ', ["superd", .. NamesOf(command), .. arguments]);
    }

    private static string HelpFor(Command command) => NamesOf(command) switch
    {
        [] => "superd --help",
        [var name] when command.Hidden => $"superd {name} --help",
        [HelpCommand.Name, ..] and var names => $"superd {string.Join(' ', names)}",
        [var name] => $"superd {HelpCommand.Name} {name}",
        var names => $"superd {string.Join(' ', names)} --help",
    };

    private static string InOneLine(string message)
    {
        string line = string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length > LongestComplaint ? line[..LongestComplaint] + "..." : line;
    }
}
