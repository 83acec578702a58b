using SuperD.Control.Messages;

namespace SuperD.Reloading;

/// <summary>An order to read the configuration again and apply it.</summary>
/// <param name="By">Who has given it, for the log: <c>SIGHUP</c>, <c>uid:0</c>.</param>
/// <param name="IsDryRun">Whether to report what would happen, and change nothing: <c>--dry-run</c>.</param>
/// <param name="Kills">Whether to end the handlers of removed services: <c>--kill</c>.</param>
/// <param name="Done">Receives the result, on the loop; null when nobody waits for it.</param>
internal sealed record ReloadOrder(string By, bool IsDryRun, bool Kills, Action<ReloadState>? Done);
