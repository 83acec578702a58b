using System.Collections.Concurrent;
using Medallion.Shell;
using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>superd as one starts it by hand: in a directory, with any arguments; what it says is lines of text. Ended by <see cref="Dispose"/>.</summary>
internal sealed class PlainSuperd : IDisposable
{
    private readonly Command _command;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Task _reader;

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
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>The first line, written already or yet to come, with this text in it; fails the test with all lines when none comes in time.</summary>
    public string WaitFor(string text)
    {
        string? found = null;
        Patience.Until(
            () =>
            {
                bool isComplete = _reader.IsCompleted; // asked before the lines are looked at: then these are all
                found = _lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal));
                return found is not null || isComplete;
            },
            () => $"there is a line with '{text}'; superd said:\n{string.Join('\n', _lines)}");
        return found ?? throw new AssertionException($"superd has ended without a line with '{text}'; it said:\n{string.Join('\n', _lines)}");
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
        while (_command.StandardError.ReadLine() is { } line)
        {
            _lines.Enqueue(line);
        }
    }
}
