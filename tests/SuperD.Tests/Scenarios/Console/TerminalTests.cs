using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Console;

/// <summary>What commands write to a terminal.</summary>
public sealed class TerminalTests
{
    private const string Escape = "\e";

    [Test]
    public void A_command_that_prints_text_writes_no_control_sequence()
    {
        using Daemon daemon = Daemon.Start(("cat", "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n"));
        string[] commands = ["--version", "--help", "help keys", "check", "status", "ps", "why 127.0.0.1 cat", "tail -n 1"];
        foreach (string command in commands)
        {
            using var terminal = new PseudoTerminal(daemon.Directory.Path, $"{SuperdProgram.Path} {command}");
            Assert.That(terminal.WaitForExit(), Is.Zero, $"{command}: {terminal.Drawn}");
            Assert.That(terminal.Drawn, Is.Not.Empty.And.Not.Contain(Escape), command);
        }
    }

    [Test]
    public void Top_leaves_the_keypad_as_it_was()
    {
        using Daemon daemon = Daemon.Start(("cat", "listen = '127.0.0.1:0'\nexec = '/bin/cat'\n"));
        using var terminal = new PseudoTerminal(daemon.Directory.Path, $"{SuperdProgram.Path} top");
        terminal.WaitFor("superd").Type("q");
        Assert.That(terminal.WaitForExit(), Is.Zero);
        Assert.That(
            terminal.Drawn.LastIndexOf("\e[?1l", StringComparison.Ordinal),
            Is.GreaterThan(terminal.Drawn.LastIndexOf("\e[?1h", StringComparison.Ordinal)));
    }

    [Test]
    public void A_table_is_cut_to_the_terminal()
    {
        using var directory = new TempDir();
        using var terminal = new PseudoTerminal(directory.Path, $"stty cols 60; {SuperdProgram.Path} --help");
        terminal.WaitForExit();
        Assert.That(terminal.Drawn.Split("\r\n").Max(line => line.Length), Is.InRange(40, 60));
    }
}
