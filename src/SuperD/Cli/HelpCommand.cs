using System.CommandLine;
using SuperD.Configuration.Keys;

namespace SuperD.Cli;

/// <summary><c>superd help</c> and <c>superd help COMMAND</c>; the pages (<c>keys</c>, <c>man</c> ...) are subcommands.</summary>
internal static class HelpCommand
{
    public const string Name = "help";

    /// <summary>The subcommands.</summary>
    private static readonly string[] s_pages =
    [
        HelpKeysCommand.Name, HelpXinetdCommand.Name, HelpManCommand.Name, HelpSchemaCommand.Name,
        .. HelpCompletionCommand.Shells.Select(shell => shell.Name),
    ];

    /// <summary>
    /// Puts <c>--</c> before the words of a topic, so that of <c>superd help import xinetd</c> the last is not taken for <c>superd help
    /// xinetd</c>.
    /// </summary>
    public static string[] Separate(string[] arguments) =>
        arguments is [Name, not ['-', ..] and var topic, not ['-', ..], ..] && !s_pages.Contains(topic)
            ? [Name, "--", .. arguments[1..]]
            : arguments;

    public static Command Build(RootCommand root)
    {
        // Without HelpName the help would list all commands in place of the argument's name.
        Argument<string[]> topic = new("command")
        {
            HelpName = "COMMAND",
            Description = "The command to explain",
            Arity = ArgumentArity.ZeroOrMore,
        };
        topic.Validators.Add(result =>
        {
            Command parent = root;
            foreach (string word in result.Tokens.Select(token => token.Value))
            {
                string[] known = [.. UsageError.VisibleNames(parent)];
                if (!known.Contains(word))
                {
                    string path = string.Join(' ', [.. CommandLine.NamesOf(parent), word]);
                    result.AddError($"there is no command '{path}'" + (KeyTable.PlacesOf(word) != 0
                        ? $", but a key; write superd help keys {word}"
                        : UsageError.DidYouMean(word, known)));
                    return;
                }

                parent = parent.Subcommands.First(command => command.Name == word);
            }
        });
        const string Description =
            "Explain a command; 'superd help keys': all keys, 'superd help xinetd': xinetd's attributes";
        Command help = new(Name, Description);
        help.Arguments.Add(topic);
        help.Subcommands.Add(HelpKeysCommand.Build());
        help.Subcommands.Add(HelpXinetdCommand.Build());
        help.Subcommands.Add(HelpManCommand.Build(root));
        help.Subcommands.Add(HelpSchemaCommand.Build());
        foreach (Command shell in HelpCompletionCommand.Build(root))
        {
            help.Subcommands.Add(shell);
        }

        help.SetAction(parsed =>
            root.Parse([.. parsed.GetValue(topic) ?? [], "--help"]).Invoke(parsed.InvocationConfiguration));
        return help;
    }
}
