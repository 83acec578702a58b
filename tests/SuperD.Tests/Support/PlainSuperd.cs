using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>
/// superd as started by hand: in a directory, with any arguments, with a log of text lines. <see cref="Dispose"/> ends it.
/// </summary>
internal sealed class PlainSuperd(string directory, params string[] arguments) : IDisposable
{
    private readonly RunningProgram _superd = new(SuperdProgram.Path, arguments, directory, deathSignal: SuperdProgram.DeathSignal);

    public int Pid => _superd.Pid;

    /// <summary>All complete lines it has written to stderr so far.</summary>
    public IReadOnlyList<string> Lines => _superd.Errors.Text.Split('\n')[..^1];

    /// <summary>
    /// The first line with this text, already written or yet to come; fails the test with all lines if none comes in time.
    /// </summary>
    public string WaitFor(string text)
    {
        string? found = null;
        Patience.Until(
            () =>
            {
                bool isComplete = _superd.Errors.IsComplete; // read before the lines: if true, the lines are all there are
                found = Lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal));
                return found is not null || isComplete;
            },
            () => $"there is a line with '{text}'; superd said:\n{_superd.Errors.Text}");
        return found ?? throw new AssertionException($"superd has ended without a line with '{text}'; it said:\n{_superd.Errors.Text}");
    }

    /// <summary>Waits until it has exited; returns the exit code.</summary>
    public int WaitForExit() => _superd.WaitForEnd();

    /// <summary>Sends SIGTERM and waits for the exit; returns the exit code.</summary>
    public int Stop()
    {
        _superd.Signal(SuperD.Linux.Signal.SIGTERM);
        return _superd.WaitForEnd();
    }

    public void Dispose()
    {
        _superd.Signal(NativeMethods.SIGQUIT); // superd kills its handlers and exits
        _superd.TryWaitForEnd(TimeSpan.FromSeconds(10));
        _superd.Dispose();
    }
}
