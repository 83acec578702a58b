namespace SuperD.Listening;

/// <summary>The clients that are connected to a listener and that nobody has accepted, at one moment.</summary>
/// <param name="Clients">A text that identifies each; without those that have reset their connection.</param>
/// <param name="Count">How many connections the queue holds, including those that were reset.</param>
internal readonly record struct WaitingQueue(HashSet<string> Clients, int Count);
