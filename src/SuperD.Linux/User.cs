namespace SuperD.Linux;

/// <summary>A user of this machine, from passwd(5) or another name service.</summary>
/// <param name="GroupId">The user's primary group.</param>
/// <param name="Home">The home directory; <c>/</c> if the entry has none.</param>
/// <param name="Shell">The login shell; <c>/bin/sh</c> if the entry has none, see passwd(5).</param>
public sealed record User(string Name, uint UserId, uint GroupId, string Home, string Shell);
