namespace SuperD.Linux;

/// <summary>A user of this machine, from passwd(5) or another name service.</summary>
/// <param name="GroupId">The user's primary group.</param>
/// <param name="Home">The user's home directory; empty when there is none.</param>
public sealed record User(string Name, uint UserId, uint GroupId, string Home = "");
