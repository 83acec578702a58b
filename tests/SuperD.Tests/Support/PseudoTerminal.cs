using System.Text;
using Medallion.Shell;
using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>A terminal with a shell's command at it, as script(1) makes one: keys go in, and what is drawn comes out. Ended by <see cref="Dispose"/>.</summary>
internal sealed class PseudoTerminal : IDisposable
{
    private readonly Command _command;
    private readonly StringBuilder _drawn = new();
    private readonly Task _reader;
    private int _seen;

    /// <param name="commandLine">For sh; the terminal has 80 columns and 24 rows, and no colours.</param>
    public PseudoTerminal(string directory, string commandLine)
    {
        _command = Command.Run(Needs.Program("script"), ["-q", "-e", "-c", "stty cols 80 rows 24; " + commandLine, "/dev/null"], options => options
            .WorkingDirectory(directory)
            .EnvironmentVariables([new("TERM", "xterm"), new("NO_COLOR", "1"), new("SHELL", "/bin/sh")])
            .DisposeOnExit(false));
        _reader = Task.Run(Read);
    }

    /// <summary>All that was drawn so far, with the terminal's control sequences.</summary>
    public string Drawn
    {
        get
        {
            lock (_drawn)
            {
                return _drawn.ToString();
            }
        }
    }

    /// <summary>Presses keys; what <see cref="WaitFor"/> has not looked at yet is the screen before them, and is not looked at any more.</summary>
    public PseudoTerminal Type(string keys)
    {
        _seen = Drawn.Length;
        _command.StandardInput.Write(keys);
        _command.StandardInput.Flush();
        return this;
    }

    /// <summary>Waits until this text is drawn, since the last key or the last text that was waited for.</summary>
    public PseudoTerminal WaitFor(string text)
    {
        Patience.Until(
            () =>
            {
                bool isComplete = _reader.IsCompleted; // asked before it is looked at: then this is all
                int place = Drawn.IndexOf(text, _seen, StringComparison.Ordinal);
                _seen = place < 0 ? _seen : place + text.Length;
                Assert.That(place >= 0 || !isComplete, Is.True, $"the command ended and had not drawn '{text}' but:\n{Drawn}");
                return place >= 0;
            },
            () => $"the terminal shows '{text}'; it has:\n{Drawn}");
        return this;
    }

    /// <summary>Waits for the command's end; its exit code.</summary>
    public int WaitForExit()
    {
        Assert.That(_command.Task.Wait(Patience.Limit), Is.True, $"the command did not end; the terminal has:\n{Drawn}");
        Assert.That(_reader.Wait(Patience.Limit), Is.True, "the terminal did not close");
        return _command.Result.ExitCode;
    }

    public void Dispose()
    {
        if (!_command.Task.IsCompleted)
        {
            _command.Kill(); // and the terminal goes, and SIGHUP ends what is at it
        }

        ((IDisposable)_command).Dispose();
    }

    private void Read()
    {
        var buffer = new char[4096];
        while (_command.StandardOutput.Read(buffer, 0, buffer.Length) is var count and > 0)
        {
            lock (_drawn)
            {
                _drawn.Append(buffer, 0, count);
            }
        }
    }
}
