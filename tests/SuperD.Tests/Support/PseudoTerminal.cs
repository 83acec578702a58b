using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>
/// A terminal that runs a shell command, created by script(1): the test types keys and reads what is drawn. <see cref="Dispose"/> ends it.
/// </summary>
internal sealed class PseudoTerminal : IDisposable
{
    private readonly RunningProgram _script;
    private int _seen;

    /// <param name="commandLine">For sh; the terminal has 80 columns and 24 rows, and no colours.</param>
    public PseudoTerminal(string directory, string commandLine)
    {
        // A shell starts what it does not wait for with SIGINT ignored, the tests perhaps: then Ctrl-C would do nothing.
        _script = new RunningProgram(
            "env",
            ["--default-signal=INT,QUIT", Needs.Program("script"), "-q", "-e", "-c", "stty cols 80 rows 24; " + commandLine, "/dev/null"],
            directory,
            [new("TERM", "xterm"), new("NO_COLOR", "1"), new("SHELL", "/bin/sh")]);
    }

    /// <summary>Everything drawn so far, including control sequences.</summary>
    public string Drawn => _script.Output.Text;

    /// <summary>Presses keys; <see cref="WaitFor"/> then ignores everything drawn before them.</summary>
    public PseudoTerminal Type(string keys)
    {
        _seen = Drawn.Length;
        _script.Send(keys);
        return this;
    }

    /// <summary>Waits until this text is drawn after the last keys and after the last text that was waited for.</summary>
    public PseudoTerminal WaitFor(string text)
    {
        Patience.Until(
            () =>
            {
                bool isComplete = _script.Output.IsComplete; // read before the output: if true, the output is complete
                int place = Drawn.IndexOf(text, _seen, StringComparison.Ordinal);
                _seen = place < 0 ? _seen : place + text.Length;
                Assert.That(place >= 0 || !isComplete, Is.True, $"the command ended and had not drawn '{text}' but:\n{Drawn}");
                return place >= 0;
            },
            () => $"the terminal shows '{text}'; it has:\n{Drawn}");
        return this;
    }

    /// <summary>Waits for the command to exit; returns its exit code.</summary>
    public int WaitForExit() => _script.WaitForEnd();

    /// <summary>The terminal closes with script, and SIGHUP ends its processes.</summary>
    public void Dispose() => _script.Dispose();
}
