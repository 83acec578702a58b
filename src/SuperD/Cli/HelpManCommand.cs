using System.CommandLine;
using SuperD.Cli.Manual;

namespace SuperD.Cli;

/// <summary><c>superd help man [PAGE]</c>: a manual page as roff, generated from the key table and the tree of commands.</summary>
internal static class HelpManCommand
{
    public const string Name = "man";

    public static Command Build(RootCommand root)
    {
        Argument<string> name = new("page")
        {
            HelpName = string.Join('|', ManualPages.Names),
            Description = "The page",
            DefaultValueFactory = _ => ManualPages.Program,
        };
        name.AcceptOnlyFromAmong(ManualPages.Names);
        Command man = new(Name, "Print a manual page as roff; 'superd help man | man -l -' shows it") { name };
        man.SetAction(parsed =>
        {
            Console.Out.Write(ManualPages.Render(parsed.GetRequiredValue(name), root));
            return ExitCode.Ok;
        });
        return man;
    }
}
