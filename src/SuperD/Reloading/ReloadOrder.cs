using SuperD.Control.Messages;

namespace SuperD.Reloading;

/// <summary>Somebody wants the configuration to be read again.</summary>
/// <param name="By">Who, for the log: <c>SIGHUP</c>, <c>uid:0</c>.</param>
/// <param name="IsDryRun">Only to be told what would happen: <c>--dry-run</c>.</param>
/// <param name="Kills">The handlers of removed services are ended: <c>--kill</c>.</param>
/// <param name="Done">Told how it went, on the loop; null = nobody waits.</param>
internal sealed record ReloadOrder(string By, bool IsDryRun, bool Kills, Action<ReloadState>? Done);
