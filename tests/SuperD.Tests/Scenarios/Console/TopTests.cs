using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Console;

/// <summary><c>superd top</c> on a terminal, with a user at the keyboard.</summary>
public sealed class TopTests
{
    private const string EnterScreen = "\e[?1049h", LeaveScreen = "\e[?25h\e[?1049l";

    private static readonly string s_talk = "listen = '127.0.0.1:0'\n" + TomlText.ExecShell("echo hello; read line; echo bye");

    [Test]
    public void Top_shows_sorts_filters_and_ends_connections_and_leaves_the_terminal_as_it_was()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk), ("other", s_talk));
        using Client client = daemon.Connect("talk"), other = daemon.Connect("other");
        Assert.That((client.ReadLine(), other.ReadLine()), Is.EqualTo(("hello", "hello")));
        string id = daemon.AcceptOf(client)["conn"];
        using var terminal = new PseudoTerminal(
            daemon.Directory.Path, $"stty -g > before; {SuperdProgram.Path} top; code=$?; stty -g > after; exit $code");

        terminal.WaitFor(EnterScreen).WaitFor("2 connections, 2 shown, by age").WaitFor("SERVICE").WaitFor(client.Address);
        terminal.Type("s").WaitFor("2 shown, by idle");
        terminal.Type("/").WaitFor("only with: _");
        terminal.Type("talk").WaitFor("1 shown, by idle, with 'talk'").WaitFor("only with: talk_");
        terminal.Type("\r").WaitFor("q quit").WaitFor(client.Address);
        terminal.Type("e").WaitFor($"end connection {id} of talk, {client.Address}? y/n");
        terminal.Type("y").WaitFor("1 connection, 0 shown");
        Assert.That(daemon.WaitFor("end", "talk")["reason"], Is.EqualTo("operator"));
        terminal.Type("q");

        Assert.That(terminal.WaitForExit(), Is.Zero);
        Assert.That(
            terminal.Drawn.LastIndexOf(LeaveScreen, StringComparison.Ordinal),
            Is.GreaterThan(terminal.Drawn.LastIndexOf("shown", StringComparison.Ordinal)));
        Assert.That(File.ReadAllText(daemon.Directory["after"]), Is.EqualTo(File.ReadAllText(daemon.Directory["before"])).And.Not.Empty);
        Assert.That(other.Send("x\n").ReadToEnd(), Is.EqualTo("bye\n"), "the other connection was left alone");
    }

    [Test]
    public void Control_C_ends_top_as_q_does()
    {
        using Daemon daemon = Daemon.Start(("talk", s_talk));
        using var terminal = new PseudoTerminal(
            daemon.Directory.Path, $"stty -g > before; {SuperdProgram.Path} top; code=$?; stty -g > after; exit $code");

        terminal.WaitFor("0 connections").Type("\u0003");

        Assert.That(terminal.WaitForExit(), Is.Zero);
        Assert.That(terminal.Drawn, Does.Contain(LeaveScreen));
        Assert.That(File.ReadAllText(daemon.Directory["after"]), Is.EqualTo(File.ReadAllText(daemon.Directory["before"])).And.Not.Empty);
    }
}
