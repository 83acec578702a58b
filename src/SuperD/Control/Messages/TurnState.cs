namespace SuperD.Control.Messages;

/// <summary>The longest turn of superd's loop: all other connections had to wait for it.</summary>
/// <param name="Source">What the loop was doing, and with <c>+N</c> how many other events it had handled before in this turn.</param>
internal sealed record TurnState(long DurationMs, string Source);
