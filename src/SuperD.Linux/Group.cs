namespace SuperD.Linux;

/// <summary>A group of this machine, from group(5) or another name service.</summary>
/// <param name="Members">The names of those for whom it is a supplementary group.</param>
public sealed record Group(string Name, uint GroupId, ValueArray<string> Members);
