namespace SuperD.Control.Messages;

/// <summary>The turn of superd's loop that took longest: so long all other connections had to wait.</summary>
/// <param name="Source">What it was at, and with <c>+N</c> how many other events it had before.</param>
internal sealed record TurnState(long DurationMs, string Source);
