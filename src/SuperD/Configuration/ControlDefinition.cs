namespace SuperD.Configuration;

/// <summary>The console: the Unix socket at which superd is asked and told. Table <c>[control]</c> of superd.toml.</summary>
internal sealed record ControlDefinition
{
    /// <summary>False: there is none. Key <c>control.enabled</c>.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The socket's absolute path; null = the usual place for this superd.toml. Key <c>control.socket</c>.</summary>
    public string? Socket { get; init; }

    /// <summary>The user the socket file belongs to; null = superd's own. Key <c>control.owner</c>.</summary>
    public uint? Owner { get; init; }

    /// <summary>The group the socket file belongs to, whose members may use the console; null = superd's own group, and its members may not. Key <c>control.group</c>.</summary>
    public uint? Group { get; init; }
}
