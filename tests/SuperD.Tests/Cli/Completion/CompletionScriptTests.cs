using System.CommandLine;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Cli.Completion;
using SuperD.Tests.Support;

namespace SuperD.Tests.Cli.Completion;

/// <summary>What the scripts are made of: the tree of commands.</summary>
public sealed class CompletionScriptTests
{
    private static readonly CompletedCommand s_root = CompletedCommand.Of(CommandLine.BuildTree(onlyRun: false));

    private static readonly IEnumerable<string> s_shells = HelpCompletionCommand.Shells.Select(shell => shell.Name);

    [TestCaseSource(nameof(s_shells))]
    public void The_shell_reads_the_script_without_a_complaint(string shell)
    {
        Needs.Program(shell);
        using TempDir directory = new();
        directory.Write("script", Render(shell));
        ProgramResult result = RunningProgram.RunToEnd(shell, ["-n", directory["script"]]);
        Assert.That((result.ExitCode, result.StandardError), Is.EqualTo((0, "")));
    }

    [TestCaseSource(nameof(s_shells))]
    public void The_script_has_every_command_and_every_option(string shell)
    {
        string script = Render(shell);
        using (Assert.EnterMultipleScope())
        {
            foreach (CompletedCommand command in s_root.All.Where(one => one.Options.Count > 0))
            {
                Assert.That(script, Does.Match($"[ '/(]{command.Name}\\b"));
                foreach (string name in command.Options.SelectMany(option => option.Names))
                {
                    Assert.That(script, Does.Match(shell == "fish" ? $" -[ls] {name.TrimStart('-')} " : $"[ '{{,(]{name}\\b"), name);
                }
            }
        }
    }

    [Test]
    public void The_tree_has_no_hidden_command_and_no_option_that_no_shell_can_complete()
    {
        Assert.That(s_root.All.Select(command => command.Name), Has.None.EqualTo("complete").And.None.EqualTo("upgrade-check"));
        IEnumerable<string> options = s_root.All.SelectMany(command => command.Options).SelectMany(option => option.Names);
        Assert.That(options, Has.All.Match("^--?[A-Za-z][a-z-]*$"));
    }

    /// <summary>The scripts of bash and fish look an option up by its name alone.</summary>
    [Test]
    public void An_option_has_the_same_kind_of_value_in_all_commands()
    {
        IEnumerable<IGrouping<string, ValueKind?>> kinds = s_root.All.SelectMany(command => command.Options)
            .SelectMany(option => option.Names.Select(name => (Name: name, option.Value?.Kind)))
            .GroupBy(one => one.Name, one => one.Kind);
        Assert.That(kinds.Where(kind => kind.Distinct().Count() > 1).Select(kind => kind.Key), Is.Empty);
    }

    [Test]
    public void A_word_that_is_to_choose_needs_no_quotes() => Assert.That(
        s_root.All.SelectMany(command => command.Arguments.Concat(command.Options.Select(option => option.Value).OfType<CompletedValue>()))
            .SelectMany(value => value.Words),
        Is.Not.Empty.And.All.Match("^[A-Za-z0-9._-]+$"));

    private static string Render(string shell) => HelpCompletionCommand.Shells.Single(one => one.Name == shell).Render(s_root);
}
