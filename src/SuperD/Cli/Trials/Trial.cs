namespace SuperD.Cli.Trials;

/// <summary>The server's side of one connection of <c>superd try</c>: what superd's log tells of it. Filled by the loop, read when it is over.</summary>
internal sealed class Trial
{
    private readonly TaskCompletionSource<TrialResult?> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _stderr = [];

    /// <summary>The handler is gone, with all it had started; the client's half is not filled in. Null: there never was one, as superd ends.</summary>
    public Task<TrialResult?> End => _end.Task;

    public void AddStderr(string line, int most)
    {
        if (_stderr.Count < most)
        {
            _stderr.Add(line);
        }
    }

    /// <summary>superd has ended: what was not begun never will be. Any thread.</summary>
    public void Abandon() => _end.TrySetResult(null);

    public void Finish(TrialResult result) => _end.TrySetResult(result with { Stderr = _stderr });
}
