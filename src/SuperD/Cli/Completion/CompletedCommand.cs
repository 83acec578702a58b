using System.CommandLine;
using System.CommandLine.Help;

namespace SuperD.Cli.Completion;

/// <summary>An option as a shell completes it.</summary>
/// <param name="Names">Short ones first: <c>-c</c>, <c>--config</c>.</param>
/// <param name="Value">Null for a switch.</param>
internal sealed record CompletedOption(IReadOnlyList<string> Names, string Description, CompletedValue? Value);

/// <summary>A command as a shell completes it: without what is hidden; the topics of <c>superd help</c> are its subcommands.</summary>
/// <param name="Names">The words that select it; none for superd itself.</param>
/// <param name="Arguments">In their order.</param>
/// <param name="RepeatsLast">Whether the last argument may stand several times.</param>
internal sealed record CompletedCommand(
    IReadOnlyList<string> Names,
    string Description,
    IReadOnlyList<CompletedCommand> Subcommands,
    IReadOnlyList<CompletedOption> Options,
    IReadOnlyList<CompletedValue> Arguments,
    bool RepeatsLast)
{
    /// <summary>The last of its names.</summary>
    public string Name => Names.Count == 0 ? "superd" : Names[^1];

    /// <summary>Whether a shell can offer anything after its name.</summary>
    public bool HasAny => Subcommands.Count + Options.Count + Arguments.Count > 0;

    /// <summary>This command and those below it that have anything to offer.</summary>
    public IEnumerable<CompletedCommand> All => Subcommands.SelectMany(one => one.All).Prepend(this).Where(one => one.HasAny);

    /// <summary>Describes the whole tree.</summary>
    public static CompletedCommand Of(RootCommand root) => Of(root, root);

    private static CompletedCommand Of(Command command, RootCommand root)
    {
        IReadOnlyList<string> names = CommandLine.NamesOf(command);
        bool isHelp = names is [HelpCommand.Name];
        Command[] visible = [.. command.Subcommands.Where(one => !one.Hidden)];
        CompletedCommand[] topics = isHelp ? [.. root.Subcommands.Where(one => !one.Hidden).Select(one => Topic(names, one))] : [];
        CompletedValue[] arguments = isHelp ? [] : [.. command.Arguments.Select(argument => CompletedValue.Of(argument, command))];
        bool repeatsLast = !isHelp && command.Arguments.Any(argument => argument.Arity.MaximumNumberOfValues > 1);
        if (arguments is [.., { Kind: ValueKind.Program }] && repeatsLast)
        {
            arguments = [.. arguments, new CompletedValue("ARG", ValueKind.File, [])];
        }

        return new CompletedCommand(
            names,
            command.Description ?? "",
            [.. visible.Select(one => Of(one, root)), .. topics],
            [.. OptionsOf(command, root)],
            arguments,
            repeatsLast);
    }

    /// <summary>A command as a topic of <c>superd help</c>: only its name and those of its subcommands.</summary>
    private static CompletedCommand Topic(IReadOnlyList<string> parents, Command command)
    {
        string[] names = [.. parents, command.Name];
        CompletedCommand[] inner = command.Name == HelpCommand.Name
            ? []
            : [.. command.Subcommands.Where(one => !one.Hidden).Select(one => Topic(names, one))];
        return new CompletedCommand(names, command.Description ?? "", inner, [], [], RepeatsLast: false);
    }

    private static IEnumerable<CompletedOption> OptionsOf(Command command, RootCommand root) => command.Options
        .Concat(root.Options.Where(option => option is HelpOption)) // every command has it
        .Distinct()
        .Where(option => !option.Hidden)
        .Select(option => new CompletedOption(
            [.. option.Aliases.Append(option.Name).Where(IsOfShells).OrderBy(name => name.Length)],
            option.Description ?? "",
            CompletedValue.Of(option, command)));

    /// <summary>Not <c>/h</c>, and not <c>-?</c>, which a shell takes for a pattern.</summary>
    private static bool IsOfShells(string name) => name.StartsWith('-') && !name.Contains('?');
}
