using NUnit.Framework;
using SuperD.Cli;
using SuperD.Tests.Support;

namespace SuperD.Tests.Cli;

/// <summary>The command line as a user sees it: the real executable, its output and its exit code.</summary>
public sealed class CommandLineTests
{
    private static readonly string s_here = TestContext.CurrentContext.TestDirectory;

    [TestCase("superd: there is no command 'stauts' (did you mean 'status'?); try 'superd --help'", "stauts")]
    [TestCase("superd: there is no command 'version' (did you mean '--version'?); try 'superd --help'", "version")]
    [TestCase("superd: there is no command 'import xinted' (did you mean 'import xinetd'?); try 'superd help import'", "import", "xinted")]
    [TestCase("superd: there is no command 'sandbox', but a key; write superd help keys sandbox; try 'superd help'", "help", "sandbox")]
    [TestCase("superd: there is no command 'chekc' (did you mean 'check'?); try 'superd help'", "help", "chekc")]
    [TestCase(
        "superd: there is no command 'import xinted' (did you mean 'import xinetd'?); try 'superd help import'",
        "import",
        "xinted",
        "-o",
        "/etc/superd")]
    [TestCase("superd: there is no command 'stauts' (did you mean 'status'?); try 'superd --help'", "stauts", "--json")]
    [TestCase("superd: there is no command 'tial' (did you mean 'tail'?); try 'superd --help'", "tial", "-f")]
    [TestCase("superd: there is no command 'tial' (did you mean 'tail'?); try 'superd --help'", "-c", "x", "tial", "-n", "3")]
    [TestCase("superd: unknown option '-o'; try 'superd help import'", "import", "-o", "/etc/superd", "xinted")]
    [TestCase("superd: option '--json' belongs after the command: superd status --json; try 'superd help status'", "--json", "status")]
    [TestCase("superd: option '-n' belongs after the command: superd tail -n N; try 'superd help tail'", "-n", "3", "tail")]
    [TestCase(
        "superd: there is no command 'import sytemd' (did you mean 'systemd'?); try 'superd help'", "help", "import", "sytemd")]
    [TestCase("superd: there is no command 'status x'; try 'superd help'", "help", "status", "x")]
    [TestCase("superd: there is no command 'upgrade-check'; try 'superd help'", "help", "upgrade-check")]
    [TestCase("superd: import needs one of: xinetd, inetd, systemd; try 'superd help import'", "import")]
    [TestCase("superd: unknown option '--jsno' (did you mean --json?); try 'superd help check'", "check", "--jsno")]
    [TestCase("superd: unknown option '--jsno' (did you mean --json?); try 'superd help status'", "status", "--jsno")]
    [TestCase("superd: unknown option '--js' (did you mean --json?); try 'superd help tail'", "tail", "sh", "--js")]
    [TestCase("superd: unknown option '--fom=x' (did you mean --from?); try 'superd help ps'", "ps", "--fom=x")]
    [TestCase("superd: unknown option '-f' (did you mean --from?); try 'superd help ps'", "ps", "-f")]
    [TestCase("superd: unknown option '-x'; try 'superd help ps'", "ps", "-x")]
    [TestCase("superd: unknown option '-20' (did you mean -n 20?); try 'superd help tail'", "tail", "-20")]
    [TestCase("superd: unknown option '-f'; try 'superd --help'", "-f")]
    [TestCase("superd: unknown option '--frmt' (did you mean --format?); try 'superd upgrade-check --help'", "upgrade-check", "--frmt")]
    [TestCase("superd: -c needs a value: FILE; try 'superd help check'", "check", "-c")]
    [TestCase("superd: ADDRESS is missing: superd why ADDRESS SERVICE; try 'superd help why'", "why")]
    [TestCase("superd: SERVICE is missing: superd why ADDRESS SERVICE; try 'superd help why'", "why", "192.0.2.7")]
    [TestCase("superd: PROGRAM is missing: superd add NAME LISTEN PROGRAM...; try 'superd help add'", "add", "x", "9004")]
    [TestCase("superd: one argument too many: 'b'; try 'superd help status'", "status", "a", "b")]
    [TestCase(
        "superd: there is no key 'lisen' (did you mean 'listen'?); 'superd help keys' lists all; try 'superd help keys'",
        "help",
        "keys",
        "lisen")]
    public void A_wrong_command_line_is_told_in_one_line_and_exits_64(string message, params string[] arguments)
    {
        ProgramResult result = SuperdProgram.Run(s_here, arguments);
        Assert.That((result.ExitCode, result.StandardOutput, result.StandardError), Is.EqualTo((64, "", message + "\n")));
    }

    [TestCase("systemd", "UNIT.socket")]
    [TestCase("xinetd", "[<FILE>]")] // 'help xinetd' is a command too
    public void Help_explains_a_command_of_a_command(string source, string argument)
    {
        ProgramResult help = SuperdProgram.Run(s_here, "help", "import", source);
        Assert.That(
            (help.ExitCode, help.StandardOutput),
            Is.EqualTo((0, SuperdProgram.Run(s_here, "import", source, "--help").StandardOutput)));
        Assert.That(help.StandardOutput, Does.Contain(argument));
    }

    [Test]
    public void A_file_that_cannot_be_used_is_told_in_the_words_of_the_system()
    {
        ProgramResult result = SuperdProgram.Run(s_here, "init", "/proc/nothing");
        Assert.That(
            (result.ExitCode, result.StandardError),
            Is.EqualTo((74, "superd: cannot read or write: /proc/nothing: No such file or directory (errno 2)\n")));
    }

    [Test]
    public void An_argument_is_what_the_user_wrote_and_no_response_file()
    {
        ProgramResult result = SuperdProgram.Run(s_here, "@nonexistent");
        Assert.That(
            (result.ExitCode, result.StandardError),
            Is.EqualTo((64, "superd: there is no command '@nonexistent'; try 'superd --help'\n")));
    }

    [TestCase("tail", "--", "-f")]
    [TestCase("try", "x", "--expect", "-f")]
    [TestCase("connect", "127.0.0.1:9003", "--send", "-hello")]
    [TestCase("add", "git", "9418", "git", "daemon", "--inetd", "-c", "x")]
    [TestCase("add", "-c", "file", "git", "9418", "-", "--json")]
    public void A_word_with_a_dash_is_no_option_where_it_cannot_be_one(params string[] arguments)
    {
        CommandLine.Parse(CommandLine.BuildTree(onlyRun: false), arguments, out string? complaint);
        Assert.That(complaint, Is.Null);
    }

    [TestCase("--version")]
    [TestCase("-v")]
    [TestCase("-V")]
    public void The_version_is_one_line(string option)
    {
        ProgramResult result = SuperdProgram.Run(s_here, option);
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.StandardOutput, Does.Match("^superd \\d+\\.\\d+\\.\\d+\n$"));
    }

    [TestCase("help")]
    [TestCase("--help")]
    [TestCase("-h")]
    public void Help_lists_the_commands(string argument)
    {
        ProgramResult result = SuperdProgram.Run(s_here, argument);
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(
            result.StandardOutput, Does.Contain("  run ").And.Contain("  check ").And.Contain("  help ").And.Contain("superd help keys"));
    }

    [Test]
    public void Help_explains_a_command()
    {
        ProgramResult result = SuperdProgram.Run(s_here, "help", "check");
        Assert.That((result.ExitCode, result.StandardOutput), Is.EqualTo((0, SuperdProgram.Run(s_here, "check", "--help").StandardOutput)));
        Assert.That(result.StandardOutput, Does.Contain("--json"));
    }

    [Test]
    public void Help_has_the_width_of_a_terminal_in_a_pipe_too()
    {
        foreach (string[] arguments in (string[][])[["--help"], ["help", "try"], ["help", "keys"], ["help", "keys", "listen"]])
        {
            string[] lines = SuperdProgram.Run(s_here, arguments).StandardOutput.Split('\n');
            Assert.That(lines.Where(line => line.Length > 80), Is.Empty, string.Join(' ', arguments));
        }
    }

    [Test]
    public void A_hidden_command_stays_hidden()
    {
        string said = string.Concat(
            ((string[][])[["--help"], ["help", "chekc"], ["upgrade-chec"], ["help", "man"]])
                .Select(arguments => SuperdProgram.Run(s_here, arguments)).Select(result => result.StandardOutput + result.StandardError));
        Assert.That(said.Replace("'upgrade-chec'", ""), Does.Not.Contain("upgrade-chec").And.Not.Contain("upgrade\\-chec"));
    }

    [TestCase("listen", "listen ")]
    [TestCase("nofile", "rlimit.nofile* ")]
    [TestCase("rlimit.nofile", "rlimit.nofile* ")]
    [TestCase("log", "[log] ")]
    [TestCase("[log]", "[log] ")]
    [TestCase("log.level", "log.level ")]
    public void Help_keys_explains_one_key(string key, string entry)
    {
        ProgramResult result = SuperdProgram.Run(s_here, "help", "keys", key);
        string[] lines = result.StandardOutput.Split('\n');
        Assert.That((result.ExitCode, result.StandardError), Is.EqualTo((0, "")));
        Assert.That(lines.Skip(1).Where(line => line.Length > 0 && line[0] is not (' ' or '*' or 's')), Has.One.StartsWith(entry));
    }

    [Test]
    public void Help_keys_prints_the_reference()
    {
        ProgramResult result = SuperdProgram.Run(s_here, "help", "keys");
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.StandardOutput, Does.Contain("\ninstances*"));
    }
}
