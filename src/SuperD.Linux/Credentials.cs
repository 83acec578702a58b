namespace SuperD.Linux;

/// <summary>Who a process runs as: real, effective and saved ids alike, and exactly these supplementary groups.</summary>
/// <param name="UserId">The uid.</param>
/// <param name="GroupId">The gid.</param>
/// <param name="Groups">The supplementary groups, the whole list; empty for none.</param>
public sealed record Credentials(uint UserId, uint GroupId, ValueArray<uint> Groups);
