namespace SuperD.Configuration;

/// <summary>The owner and group of a socket file; null leaves superd's own.</summary>
internal sealed record SocketOwner(uint? UserId, uint? GroupId);
