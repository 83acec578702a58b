using System.CommandLine;
using System.CommandLine.Parsing;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Cli.Manual;
using SuperD.Tests.Support;
using Command = System.CommandLine.Command;

namespace SuperD.Tests.Cli;

/// <summary>Garbage for every argument and option in the command tree: a new command is covered without a line here.</summary>
public sealed class HostileArgumentTests
{
    private const string NumberBeyondAll = "99999999999999999999999999";

    /// <summary>Values that are no valid file, service, number or address.</summary>
    private static readonly string[] s_garbage =
    [
        "abc", "-3", "0", NumberBeyondAll, "-" + NumberBeyondAll, "1e9", "1.5", "", " ", "\n", "\t", "\u0001", "\e[31mred", "a\nsuperd: b",
        "\u009b31m", "\u202egnp", "\ud800",
        "é", "@file", "--", "-", "--json", "[suggest]", "/dev/zero/x", "a:b:c", "/", new string('x', 100_000), new string('9', 5_000),
    ];

    private static readonly int[] s_documented = [.. CommandManual.ExitCodes.Select(row => row.Code)];

    private static IEnumerable<string> Commands => Tree(CommandLine.BuildTree(onlyRun: false)).Select(found => found.Path);

    [Test]
    public void The_tree_is_gone_through_with_its_hidden_commands() =>
        Assert.That(Commands, Is.SupersetOf(new[] { "", "run", "end", "try", "import xinetd", "help keys", "upgrade-check" }));

    [TestCaseSource(nameof(Commands))]
    public void No_command_line_throws_and_what_is_wrong_with_it_is_one_line(string path)
    {
        Command command = Find(path);
        foreach (Symbol input in Inputs(command))
        {
            foreach (string value in s_garbage)
            {
                Check([.. Words(path), .. With(command, input, value)]);
                Check([.. Words(path), .. With(command, input, value), .. With(command, input, value)]);
                Check([.. With(command, input, value), .. Words(path)]);
            }

            Check([.. Words(path), input.Name]);
            Check([.. Words(path), "--", input.Name, input.Name, input.Name]);
        }

        foreach (string value in s_garbage)
        {
            Check([.. Words(path), value]);
            Check([.. Words(path), $"--no-such-option={value}"]);
        }
    }

    [TestCaseSource(nameof(Commands))]
    public void A_number_option_takes_only_numbers_in_its_range(string path)
    {
        Command command = Find(path);
        foreach (Symbol input in Inputs(command).Where(input => TypeOf(input) == typeof(long?) || TypeOf(input) == typeof(long[])))
        {
            foreach (string value in (string[])["abc", "-1", NumberBeyondAll, "1.5", " "])
            {
                ParseResult parsed = Parse([.. Words(path), .. With(command, input, value)], out string? complaint);
                Assert.That(
                    complaint,
                    Does.Match($"^superd: {input.Name} must be a whole number, .*; found \"{value}\"; try 'superd "),
                    $"{path} {input.Name}");
                Assert.That(parsed.Errors, Is.Not.Empty);
            }
        }

        Assert.That(
            Inputs(command).Where(
                input => TypeOf(input) is var type
                    && type != typeof(long?)
                    && type != typeof(long[])
                    && type != typeof(bool)
                    && type != typeof(string)
                    && type != typeof(string[])
                    && type != typeof(TopPage)),
            Is.Empty,
            "numbers have a parser of superd's own (WholeNumber)");
    }

    [TestCaseSource(nameof(Commands))]
    public void A_process_that_gets_bytes_that_are_no_text_ends_with_a_documented_code_and_without_a_stack_trace(string path)
    {
        using var directory = new TempDir();
        Command command = Find(path);
        foreach (Symbol input in Inputs(command))
        {
            // printf creates the bytes, because no .NET string can hold them. Line 1: invalid UTF-8, an escape sequence and a newline.
            string line = string.Join(
                ' ',
                (
                    (string[])[
                        .. Words(path), .. With(command, input, "GARBAGE")]).Select(word => word == "GARBAGE" ? "\"$g\"" : $"'{word}'"));
            foreach (string garbage in (string[])[@"\377\376\033[31m\nx", "", NumberBeyondAll])
            {
                Run(directory, $"g=$(printf '{garbage}'); exec \"$0\" {line} < /dev/null", $"superd {line} with '{garbage}'");
            }
        }
    }

    [TestCase("superd: ID must be a whole number, 1 or more; found \"abc\"; try 'superd help end'", "end", "abc")]
    [TestCase(
        "superd: --repeat must be a whole number, from 1 to 1000000; found \"abc\"; try 'superd help try'", "try", "x", "--repeat", "abc")]
    [TestCase("superd: --at-once must be a whole number, from 1 to 10000; found \"0\"; try 'superd help try'", "try", "x", "-j", "0")]
    [TestCase("superd: --from needs a value: CIDR; try 'superd help end'", "end", "--from")]
    [TestCase("superd: which connections? Give ID, --from CIDR or --service SERVICE; try 'superd help end'", "end")]
    [TestCase(
        "superd: -c names the configuration, and there is no file \"50\"; how many run at once is -j M (--at-once)",
        "try",
        "x",
        "-c",
        "50")]
    [TestCase("superd: --socket is empty; give it a value, or leave it out; try 'superd help status'", "status", "--socket", "")]
    [TestCase("superd: there is no command '\\x1b[31m'; try 'superd --help'", "\e[31m")]
    [TestCase("superd: there is no command '[run]'; try 'superd --help'", "[run]")]
    [TestCase("superd: unknown option '--x'; try 'superd import xinetd --help'", "import", "xinetd", "a", "--x")]
    public void What_is_wrong_is_said_in_one_line_with_exit_code_64(string message, params string[] arguments)
    {
        ProgramResult result = SuperdProgram.Run("/", arguments);

        Assert.That((result.ExitCode, result.StandardOutput, result.StandardError), Is.EqualTo((ExitCode.Usage, "", message + "\n")));
    }

    [Test]
    public void The_configuration_that_try_is_given_is_that_of_all_commands()
    {
        using var directory = new TempDir();
        directory.Write("other.toml", "services = 'others.d'\n");
        directory.Write("others.d/say.toml", "listen = '127.0.0.1:0'\n" + TomlText.ExecShell("echo said"));

        foreach (string[] arguments in (string[][])[["try", "say", "-c", "other.toml"], ["-c", "other.toml", "try", "say"]])
        {
            ProgramResult result = SuperdProgram.Run(directory.Path, arguments);
            Assert.That((result.ExitCode, result.StandardOutput), Is.EqualTo((ExitCode.Ok, "said\n")), result.StandardError);
        }
    }

    private static void Run(TempDir directory, string script, string what)
    {
        ProgramResult result = RunningProgram.RunToEnd("sh", ["-c", script, SuperdProgram.Path], directory.Path);
        Assert.That(
            s_documented.Where(code => code != ExitCode.Software),
            Does.Contain(result.ExitCode),
            $"{what}: exit {result.ExitCode}\n{result.StandardError}");
        string said = result.StandardError + result.StandardOutput;
        Assert.That(said, Does.Not.Contain("   at ").And.Not.Contain("Unhandled").And.Not.Contain("unexpected error"), what);
        Assert.That(said.Where(letter => char.IsControl(letter) && letter != '\n'), Is.Empty, what);
        if (result.ExitCode == ExitCode.Usage)
        {
            // The commands for the console find every superd of the machine, and list them.
            Assert.That(result.StandardError, Does.Match("^superd: [^\n]*\n(  superd [^\n]*\n)*$"), what);
        }
    }

    private static void Check(string[] arguments)
    {
        string? complaint = null;
        Assert.That(() => Parse(arguments, out complaint), Throws.Nothing, string.Join(' ', arguments.Select(Shorten)));
        if (complaint is not null)
        {
            Assert.That(complaint, Does.Not.Contain('\n').And.Length.LessThan(600), string.Join(' ', arguments.Select(Shorten)));
            Assert.That(
                complaint,
                Does.StartWith("superd: ").And.Not.Contain("System.").And.Contain("; try 'superd "),
                string.Join(' ', arguments.Select(Shorten)));
        }
    }

    private static ParseResult Parse(string[] arguments, out string? complaint) =>
        CommandLine.Parse(CommandLine.BuildTree(onlyRun: arguments is [] or [RunCommand.Name, ..]), arguments, out complaint);

    /// <summary>A command line for one input, plus whatever else the command requires.</summary>
    private static string[] With(Command command, Symbol input, string value)
    {
        IEnumerable<string> options = command.Options
            .Where(option => option.Required && option != input)
            .SelectMany(option => (string[])[option.Name, "1"]);
        IEnumerable<string> arguments = command.Arguments
            .Where(argument => argument != input && argument.Arity.MinimumNumberOfValues > 0 && !argument.HasDefaultValue)
            .Select(_ => "x");
        return input is Option
            ? [.. options, .. arguments, input.Name, value]
            : [.. options, .. command.Arguments[0] == input ? [value, .. arguments] : (string[])[.. arguments, value]];
    }

    /// <summary>The arguments, and the options that take a value.</summary>
    private static IEnumerable<Symbol> Inputs(Command command) =>
        command.Arguments.Concat<Symbol>(
            command.Options.Where(option => option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool)));

    private static Type TypeOf(Symbol input) => input is Option option ? option.ValueType : ((Argument)input).ValueType;

    private static Command Find(string path) => Tree(CommandLine.BuildTree(onlyRun: false)).First(found => found.Path == path).Command;

    private static IEnumerable<(string Path, Command Command)> Tree(Command command, string path = "") =>
        command.Subcommands.SelectMany(child => Tree(child, $"{path} {child.Name}".Trim())).Prepend((path, command));

    private static string[] Words(string path) => path.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Shorten(string text) => text.Length > 100 ? text[..100] + "..." : text;
}
