using System.CommandLine;
using System.Reflection;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Cli.Manual;
using SuperD.Tests.Support;

namespace SuperD.Tests.Cli;

/// <summary>The manual pages that <c>superd help man</c> prints.</summary>
public sealed class HelpManTests
{
    private static readonly string[] s_names = ManualPages.Names;

    [TestCaseSource(nameof(s_names))]
    public void Man_formats_the_page_without_a_warning(string name)
    {
        Needs.Program("man");
        using TempDir directory = new();
        directory.Write("page", SuperdProgram.Run(directory.Path, "help", "man", name).StandardOutput);

        string text = Man(directory);

        Assert.That(File.ReadAllText(directory["warnings"]), Is.Empty);
        Assert.That(text, Does.StartWith(name.ToUpperInvariant()).And.Contain("SEE ALSO"));
    }

    [Test]
    public void Man_shows_every_character_as_it_was_written()
    {
        Needs.Program("man");
        using TempDir directory = new();
        string[] lines = ["'a' `b` \"c\" ~d ^e -f --g \\h {{i}} $j", ".TP is no request", "\\fBno font\\fR \\(co"];
        var page = new RoffPage("odd", 5, "odd characters");
        page.Example(lines);
        directory.Write("page", page.ToString());

        string text = Man(directory);

        Assert.That(text.Split('\n').Select(line => line.Trim()), Is.SupersetOf(lines));
    }

    [Test]
    public void Without_a_name_it_is_the_page_of_the_commands() =>
        Assert.That(SuperdProgram.Run("/", "help", "man").StandardOutput, Does.StartWith(".TH \"SUPERD\" 8"));

    [Test]
    public void A_page_that_does_not_exist_is_an_error_of_usage() =>
        Assert.That(SuperdProgram.Run("/", "help", "man", "xinetd").ExitCode, Is.EqualTo(ExitCode.Usage));

    [Test]
    public void Every_command_and_option_that_is_not_hidden_is_on_the_page()
    {
        RootCommand root = CommandLine.BuildTree(onlyRun: false);
        string page = ManualPages.Render(ManualPages.Program, root);
        Command[] visible = [.. root.Subcommands.Where(command => !command.Hidden)];
        IEnumerable<Command> inner = visible.SelectMany(command => command.Subcommands);
        foreach (Command command in visible.Concat(inner).Where(one => one is { Hidden: false, Action: not null }))
        {
            string name = string.Join(' ', CommandLine.NamesOf(command));
            Assert.That(page, Does.Contain($"\\fBsuperd {name}"), name);
            foreach (Option option in command.Options.Where(option => !option.Hidden))
            {
                Assert.That(page, Does.Contain(option.Name.Replace("-", "\\-")), $"{command.Name} {option.Name}");
            }
        }
    }

    [Test]
    public void Every_exit_code_is_on_the_page()
    {
        FieldInfo[] codes = typeof(ExitCode).GetFields(BindingFlags.Public | BindingFlags.Static);
        Assert.That(
            CommandManual.ExitCodes.Select(row => (object)row.Code),
            Is.EquivalentTo(codes.Select(field => field.GetRawConstantValue())));
    }

    [Test]
    public void Every_key_is_on_the_page_of_its_file()
    {
        RootCommand root = CommandLine.BuildTree(onlyRun: false);
        AssertNamed(KeyReference.ServiceKeys, ManualPages.Render(ManualPages.Service, root));
        AssertNamed(KeyReference.ServerKeys, ManualPages.Render(ManualPages.Server, root));
    }

    private static void AssertNamed(IEnumerable<KeyEntry> entries, string page)
    {
        foreach (KeyEntry entry in entries)
        {
            Assert.That(page, Does.Contain($"\n\\fB{entry.Name}{(entry.IsShared ? "*" : "")}\\fR ("), entry.Name);
        }
    }

    /// <summary>Renders the file <c>page</c> with man, whose warnings go to the file of that name.</summary>
    private static string Man(TempDir directory) =>
        Tool.Run("sh", "-c", "cd \"$0\" && LC_ALL=C.UTF-8 MANWIDTH=100 man --warnings -l page 2>warnings", directory.Path);
}
