using System.Diagnostics;
using Medallion.Shell;
using NUnit.Framework;
using SuperD.Linux;

namespace SuperD.Tests.Support;

/// <summary>superd as one starts it by hand: in a directory, with any arguments; what it says is lines of text. Ended by <see cref="Dispose"/>.</summary>
internal sealed class PlainSuperd : IDisposable
{
    private readonly Command _command;
    private readonly List<string> _lines = [];
    private readonly Task _reader;
    private bool _isEnded;

    public PlainSuperd(string directory, params string[] arguments)
    {
        _command = Command.Run(SuperdProgram.Path, arguments, options => options
            .WorkingDirectory(directory)
            .DisposeOnExit(false)
            .StartInfo(info => info.RedirectStandardInput = true));
        _reader = Task.Run(Read);
    }

    public int Pid => _command.ProcessId;

    /// <summary>All it has written to stderr so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>The first line, written already or yet to come, with this text in it; fails the test with all lines when none comes in time.</summary>
    public string WaitFor(string text)
    {
        var clock = Stopwatch.StartNew();
        lock (_lines)
        {
            while (true)
            {
                if (_lines.Find(line => line.Contains(text, StringComparison.Ordinal)) is { } found)
                {
                    return found;
                }

                TimeSpan left = Patience.Limit - clock.Elapsed;
                if (left <= TimeSpan.Zero || _isEnded)
                {
                    throw new AssertionException(
                        $"waited in vain for a line with '{text}'; superd {(_isEnded ? "has ended" : "runs")}; it said:\n{string.Join('\n', _lines)}");
                }

                Monitor.Wait(_lines, left);
            }
        }
    }

    /// <summary>SIGTERM, and waits for its end; its exit code.</summary>
    public int Stop()
    {
        _ = NativeMethods.Kill(Pid, SuperD.Linux.Signal.SIGTERM);
        Assert.That(_command.Task.Wait(Patience.Limit), Is.True, "superd did not end");
        Assert.That(_reader.Wait(Patience.Limit), Is.True, "superd's stderr did not end");
        return _command.Result.ExitCode;
    }

    public void Dispose()
    {
        if (!_command.Task.IsCompleted)
        {
            const int SIGQUIT = 3; // superd kills its handlers and ends
            _ = NativeMethods.Kill(Pid, SIGQUIT);
            if (!_command.Task.Wait(TimeSpan.FromSeconds(10)))
            {
                _command.Kill();
            }
        }

        ((IDisposable)_command).Dispose();
    }

    private void Read()
    {
        string? line;
        do
        {
            line = _command.StandardError.ReadLine();
            lock (_lines)
            {
                if (line is null)
                {
                    _isEnded = true;
                }
                else
                {
                    _lines.Add(line);
                }

                Monitor.PulseAll(_lines);
            }
        }
        while (line is not null);
    }
}
