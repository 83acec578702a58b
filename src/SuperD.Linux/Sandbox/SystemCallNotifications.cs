namespace SuperD.Linux;

/// <summary>The calls of a process whose filter notifies: what it wants, and superd's answer.</summary>
public sealed class SystemCallNotifications;
