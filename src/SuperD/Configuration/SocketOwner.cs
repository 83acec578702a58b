namespace SuperD.Configuration;

/// <summary>Whom a socket file is given to; null leaves superd's own user or group.</summary>
internal sealed record SocketOwner(uint? UserId, uint? GroupId);
