using NUnit.Framework;

namespace SuperD.Tests.Support;

/// <summary>
/// superd as one starts it by hand: in a directory, with any arguments; what it says is lines of text. Ended by <see cref="Dispose"/>.
/// </summary>
internal sealed class PlainSuperd(string directory, params string[] arguments) : IDisposable
{
    private readonly RunningProgram _superd = new(SuperdProgram.Path, arguments, directory, deathSignal: SuperdProgram.DeathSignal);

    public int Pid => _superd.Pid;

    /// <summary>All complete lines it has written to stderr so far.</summary>
    public IReadOnlyList<string> Lines => _superd.Errors.Text.Split('\n')[..^1];

    /// <summary>
    /// The first line, written already or yet to come, with this text in it; fails the test with all lines when none comes in time.
    /// </summary>
    public string WaitFor(string text)
    {
        string? found = null;
        Patience.Until(
            () =>
            {
                bool isComplete = _superd.Errors.IsComplete; // asked before the lines are looked at: then these are all
                found = Lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal));
                return found is not null || isComplete;
            },
            () => $"there is a line with '{text}'; superd said:\n{_superd.Errors.Text}");
        return found ?? throw new AssertionException($"superd has ended without a line with '{text}'; it said:\n{_superd.Errors.Text}");
    }

    /// <summary>SIGTERM, and waits for its end; its exit code.</summary>
    public int Stop()
    {
        _superd.Signal(SuperD.Linux.Signal.SIGTERM);
        return _superd.WaitForEnd();
    }

    public void Dispose()
    {
        _superd.Signal(NativeMethods.SIGQUIT); // superd kills its handlers and ends
        _superd.TryWaitForEnd(TimeSpan.FromSeconds(10));
        _superd.Dispose();
    }
}
