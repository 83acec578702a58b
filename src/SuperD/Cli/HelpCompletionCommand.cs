using System.CommandLine;
using SuperD.Cli.Completion;

namespace SuperD.Cli;

/// <summary><c>superd help bash</c>, <c>zsh</c> and <c>fish</c>: the completion script of a shell, from the tree of commands.</summary>
internal static class HelpCompletionCommand
{
    /// <summary>The shells, whose names are those of the commands.</summary>
    public static readonly (string Name, Func<CompletedCommand, string> Render)[] Shells =
        [("bash", BashScript.Render), ("zsh", ZshScript.Render), ("fish", FishScript.Render)];

    /// <summary>Builds the commands.</summary>
    public static IEnumerable<Command> Build(RootCommand root)
    {
        foreach ((string name, Func<CompletedCommand, string> render) in Shells)
        {
            Command shell = new(name, $"Print the completion script for {name}");
            shell.SetAction(_ =>
            {
                Console.Out.Write(render(CompletedCommand.Of(root)));
                return ExitCode.Ok;
            });
            yield return shell;
        }
    }
}
