using System.CommandLine;

namespace SuperD.Cli;

/// <summary><c>superd help</c>, <c>superd help COMMAND</c>, <c>superd help keys</c> and <c>superd help xinetd</c>.</summary>
internal static class HelpCommand
{
    public const string Name = "help";

    public static Command Build(RootCommand root)
    {
        Argument<string?> topic = new("command") { Description = "The command to explain", Arity = ArgumentArity.ZeroOrOne };
        topic.AcceptOnlyFromAmong([.. root.Subcommands.Select(command => command.Name), Name]);
        Command help = new(Name, "Explain superd or a command; 'superd help keys' lists all keys, 'superd help xinetd' what xinetd's are here");
        help.Arguments.Add(topic);
        help.Subcommands.Add(HelpKeysCommand.Build());
        help.Subcommands.Add(HelpXinetdCommand.Build());
        help.SetAction(parsed => root.Parse(parsed.GetValue(topic) is { } name ? [name, "--help"] : ["--help"]).Invoke(parsed.InvocationConfiguration));
        return help;
    }
}
