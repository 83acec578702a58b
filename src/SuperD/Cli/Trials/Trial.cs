namespace SuperD.Cli.Trials;

/// <summary>
/// The server's side of one connection of <c>superd try</c>, as read from superd's log. Filled on the loop, read when it is over.
/// </summary>
internal sealed class Trial
{
    private readonly TaskCompletionSource<TrialResult?> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _stderr = [];

    /// <summary>
    /// The result, once the handler and everything it started are gone; without the client's half. Null: superd exited before the launch.
    /// </summary>
    public Task<TrialResult?> End => _end.Task;

    /// <summary>Adds a line of stderr, up to <paramref name="most"/> lines.</summary>
    public void AddStderr(string line, int most)
    {
        if (_stderr.Count < most)
        {
            _stderr.Add(line);
        }
    }

    /// <summary>Runs when superd has exited, so that a trial not begun never will be. Any thread.</summary>
    public void Abandon() => _end.TrySetResult(null);

    /// <summary>Completes the trial.</summary>
    public void Finish(TrialResult result) => _end.TrySetResult(result with { Stderr = _stderr });
}
