using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Logging;

/// <summary>The log at a terminal is for people; a pipe, NO_COLOR and a stuck terminal change that, or nothing else.</summary>
public sealed class TerminalLogTests
{
    private const string Control = "[control]\nsocket = 'control.sock'\n";
    private const string Noisy = "listen = '127.0.0.1:0'\nexec = ['/bin/sh', '-c', 'echo hello; echo oops >&2; kill -KILL $$']\n";

    private TempDir _directory = null!;
    private PseudoTerminal _terminal = null!; // each test runs superd in one

    [SetUp]
    public void MakeDirectory()
    {
        _directory = new TempDir();
        _directory.Write("superd.toml", Control);
    }

    /// <summary>superd reloads when its terminal is closed, so it is ended before.</summary>
    [TearDown]
    public void End()
    {
        _ = _terminal.Type("\x03").WaitForExit();
        _terminal.Dispose();
        _directory.Dispose();
    }

    [Test]
    public void A_line_has_the_local_time_the_message_and_then_the_values_in_the_colour_of_its_level()
    {
        Needs.File("/usr/share/zoneinfo/Asia/Kolkata");
        int port = FreePort.Find();
        _directory.Write("services.d/han.toml", Noisy.Replace(":0", $":{port}"));
        _terminal = new PseudoTerminal(_directory.Path, $"unset NO_COLOR; TZ=Asia/Kolkata exec {SuperdProgram.Path} run");
        _terminal.WaitFor("\e[1;32mready services=1 listeners=1 ");
        TimeSpan before = DateTime.UtcNow.AddHours(5.5).TimeOfDay;
        using (var client = new Client(port))
        {
            Assert.That(client.ReadToEnd(), Is.EqualTo("hello\n"));
        }

        _terminal.WaitFor("stderr han: oops\e[0m \e[2mconn=1\e[0m").WaitFor("\e[33mend han\e[0m \e[2mconn=1 pid=");

        Match line = Regex.Match(_terminal.Drawn, @"\x1b\[2m(\d\d:\d\d:\d\d)\x1b\[0m \x1b\[33mend han");
        TimeSpan late = TimeSpan.Parse(line.Groups[1].Value) - before;
        Assert.That((late + TimeSpan.FromHours(24.01)).TotalHours % 24, Is.LessThan(0.1), "it is the local time");
        Assert.That(_terminal.Drawn, Does.Not.Match(@"\d\dZ "));
    }

    [TestCase("NO_COLOR=1", "")]
    [TestCase("TERM=dumb", "")]
    [TestCase("X=1", " 2>&1 | cat")]
    public void Without_colours_and_at_a_pipe_a_line_is_as_in_a_file(string variable, string pipe)
    {
        _directory.Write("services.d/han.toml", Noisy);
        _terminal = new PseudoTerminal(
            _directory.Path, $"unset NO_COLOR; env {variable} {SuperdProgram.Path} run{pipe}");

        _terminal.WaitFor(" info  ready services=1 listeners=1 ");

        // The runtime itself sends a terminal that is stdout the sequences of its keypad first.
        Assert.That(_terminal.Drawn, Does.Match(@"(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info  ready "));
        Assert.That(_terminal.Drawn, Does.Not.Match(@"\x1b\[[0-9;]*m"));
    }

    [Test]
    public void A_terminal_that_is_stopped_stops_nobody()
    {
        int port = FreePort.Find();
        _directory.Write("services.d/han.toml", Noisy.Replace(":0", $":{port}").Replace("echo oops", "seq 100"));
        _terminal = new PseudoTerminal(_directory.Path, $"stty ixon; unset NO_COLOR; exec {SuperdProgram.Path} run");
        _terminal.WaitFor("ready");
        _terminal.Type("\x13"); // Ctrl-S

        for (int i = 0; i < 50; i++)
        {
            using var client = new Client(port);
            Assert.That(client.ReadToEnd(), Is.EqualTo("hello\n"));
        }

        string drawn = _terminal.Drawn;
        Assert.That(drawn, Does.Not.Contain("conn=50 "), "the terminal was indeed stopped");
        _terminal.Type("\x11").WaitFor("conn=50 ");
    }
}
