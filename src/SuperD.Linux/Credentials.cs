namespace SuperD.Linux;

/// <summary>The identity of a process: real, effective and saved ids are equal, and the supplementary groups are exactly these.</summary>
/// <param name="UserId">The uid.</param>
/// <param name="GroupId">The gid.</param>
/// <param name="Groups">All supplementary groups; empty for none.</param>
public sealed record Credentials(uint UserId, uint GroupId, ValueArray<uint> Groups);
