namespace SuperD.Loop;

/// <summary>One turn of the loop: what it does between two waits.</summary>
/// <param name="Number">Counts from 1.</param>
/// <param name="DurationMs">How long it took, or has taken so far.</param>
/// <param name="UntilMs">When it ended, or was sampled, as <see cref="EventLoop.NowMs"/>.</param>
/// <param name="Source">The last event source or action that ran; <c>+N</c> counts those before it in the same turn.</param>
internal sealed record LoopTurn(long Number, long DurationMs, long UntilMs, string Source);
