namespace SuperD.Configuration;

/// <summary>The console: the Unix socket over which superd is queried and controlled. Table <c>[control]</c> of superd.toml.</summary>
internal sealed record ControlDefinition
{
    /// <summary>False: no console. Key <c>control.enabled</c>.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The socket's absolute path; null = the default place for this superd.toml. Key <c>control.socket</c>.</summary>
    public string? Socket { get; init; }

    /// <summary>The owner of the socket file; null = superd's own user. Key <c>control.owner</c>.</summary>
    public uint? Owner { get; init; }

    /// <summary>The group of the socket file, whose members may use the console. Key <c>control.group</c>.</summary>
    /// <remarks>Null = superd's own group, whose members may not use it.</remarks>
    public uint? Group { get; init; }
}
