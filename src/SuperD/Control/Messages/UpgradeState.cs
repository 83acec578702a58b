namespace SuperD.Control.Messages;

/// <summary>How superd has become its next version.</summary>
/// <param name="Version">The version that serves now.</param>
/// <param name="LastVersion">The one before.</param>
/// <param name="Pid">The process, which is the same.</param>
/// <param name="Listeners">Listening sockets that went on.</param>
/// <param name="Connections">Live connections that went on.</param>
/// <param name="PauseMs">How long new clients had to wait.</param>
internal sealed record UpgradeState(string Version, string LastVersion, int Pid, int Listeners, int Connections, long PauseMs);
