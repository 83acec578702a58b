using System.CommandLine;

namespace SuperD.Cli;

/// <summary><c>superd help</c>, <c>superd help COMMAND</c> and <c>superd help keys</c>.</summary>
internal static class HelpCommand
{
    public static Command Build(RootCommand root)
    {
        Argument<string?> topic = new("command") { Description = "The command to explain", Arity = ArgumentArity.ZeroOrOne };
        topic.AcceptOnlyFromAmong([.. root.Subcommands.Select(command => command.Name), "help"]);
        Command help = new("help", "Explain superd or a command; 'superd help keys' lists all keys");
        help.Arguments.Add(topic);
        help.Subcommands.Add(HelpKeysCommand.Build());
        help.SetAction(parsed => parsed.GetValue(topic) is { } name ? root.Parse([name, "--help"]).Invoke() : root.Parse(["--help"]).Invoke());
        return help;
    }
}
