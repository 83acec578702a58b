namespace SuperD.Control.Messages;

/// <summary>The result of an upgrade.</summary>
/// <param name="Version">The version that serves now.</param>
/// <param name="LastVersion">The version before it.</param>
/// <param name="Pid">The process, which is still the same.</param>
/// <param name="Listeners">Listening sockets that were inherited.</param>
/// <param name="Connections">Live connections that were inherited.</param>
/// <param name="PauseMs">How long new clients had to wait.</param>
internal sealed record UpgradeState(string Version, string LastVersion, int Pid, int Listeners, int Connections, long PauseMs);
