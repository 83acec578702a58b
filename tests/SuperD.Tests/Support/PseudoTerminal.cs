using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>
/// A terminal with a shell's command at it, as script(1) makes one: keys go in, and what is drawn comes out. Ended by
/// <see cref="Dispose"/>.
/// </summary>
internal sealed class PseudoTerminal : IDisposable
{
    private readonly RunningProgram _script;
    private int _seen;

    /// <param name="commandLine">For sh; the terminal has 80 columns and 24 rows, and no colours.</param>
    public PseudoTerminal(string directory, string commandLine)
    {
        _script = new RunningProgram(
            Needs.Program("script"),
            ["-q", "-e", "-c", "stty cols 80 rows 24; " + commandLine, "/dev/null"],
            directory,
            [new("TERM", "xterm"), new("NO_COLOR", "1"), new("SHELL", "/bin/sh")]);
    }

    /// <summary>All that was drawn so far, with the terminal's control sequences.</summary>
    public string Drawn => _script.Output.Text;

    /// <summary>
    /// Presses keys; what <see cref="WaitFor"/> has not looked at yet is the screen before them, and is not looked at any more.
    /// </summary>
    public PseudoTerminal Type(string keys)
    {
        _seen = Drawn.Length;
        _script.Send(keys);
        return this;
    }

    /// <summary>Waits until this text is drawn, since the last key or the last text that was waited for.</summary>
    public PseudoTerminal WaitFor(string text)
    {
        Patience.Until(
            () =>
            {
                bool isComplete = _script.Output.IsComplete; // asked before it is looked at: then this is all
                int place = Drawn.IndexOf(text, _seen, StringComparison.Ordinal);
                _seen = place < 0 ? _seen : place + text.Length;
                Assert.That(place >= 0 || !isComplete, Is.True, $"the command ended and had not drawn '{text}' but:\n{Drawn}");
                return place >= 0;
            },
            () => $"the terminal shows '{text}'; it has:\n{Drawn}");
        return this;
    }

    /// <summary>Waits for the command's end; its exit code.</summary>
    public int WaitForExit() => _script.WaitForEnd();

    /// <summary>The terminal goes with script, and SIGHUP ends what is at it.</summary>
    public void Dispose() => _script.Dispose();
}
