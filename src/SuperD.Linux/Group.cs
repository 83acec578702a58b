namespace SuperD.Linux;

/// <summary>A group of this machine, from group(5) or another name service.</summary>
/// <param name="Members">The names of the users who have it as a supplementary group.</param>
public sealed record Group(string Name, uint GroupId, ValueArray<string> Members);
