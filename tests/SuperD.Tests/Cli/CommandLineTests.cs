using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Cli;

/// <summary>The command line as a user sees it: the real executable, its output and its exit code.</summary>
public sealed class CommandLineTests
{
    private static readonly string s_here = TestContext.CurrentContext.TestDirectory;

    [TestCase("superd: unrecognized command or argument 'chekc'; try 'superd --help'", "chekc")]
    [TestCase("superd: unrecognized command or argument '--jsno'; try 'superd help check'", "check", "--jsno")]
    [TestCase("superd: required argument missing for option: '-c'; try 'superd help check'", "check", "-c")]
    [TestCase("superd: unrecognized command or argument 'x'; try 'superd help keys'", "help", "keys", "x")]
    public void A_wrong_command_line_is_told_in_one_line_and_exits_64(string message, params string[] arguments)
    {
        ProgramResult result = SuperdProgram.Run(s_here, arguments);
        Assert.That((result.ExitCode, result.StandardOutput, result.StandardError), Is.EqualTo((64, "", message + "\n")));
    }

    [Test]
    public void An_argument_is_what_the_user_wrote_and_no_response_file()
    {
        ProgramResult result = SuperdProgram.Run(s_here, "@nonexistent");
        Assert.That(
            (result.ExitCode, result.StandardError),
            Is.EqualTo((64, "superd: unrecognized command or argument '@nonexistent'; try 'superd --help'\n")));
    }

    [Test]
    public void The_version_is_one_line()
    {
        ProgramResult result = SuperdProgram.Run(s_here, "--version");
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
    public void Help_keys_prints_the_reference()
    {
        ProgramResult result = SuperdProgram.Run(s_here, "help", "keys");
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.StandardOutput, Does.Contain("\ninstances*"));
    }
}
