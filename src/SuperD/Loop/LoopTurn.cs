namespace SuperD.Loop;

/// <summary>One turn of the loop.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="DurationMs">How long it took, or has taken so far.</param>
/// <param name="UntilMs">When it ended, or was looked at, in <see cref="EventLoop.NowMs"/>.</param>
/// <param name="Source">The event source or the work it was at last, and with <c>+N</c> how many came before in the same turn.</param>
internal sealed record LoopTurn(long Number, long DurationMs, long UntilMs, string Source);
