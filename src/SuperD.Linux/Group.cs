namespace SuperD.Linux;

/// <summary>A group of this machine, from group(5) or another name service.</summary>
public sealed record Group(string Name, uint GroupId);
