namespace SuperD.Control.Messages;

/// <summary>A request to the console: one JSON object on one line. Fields that a command does not need are absent.</summary>
internal sealed record ControlRequest
{
    /// <summary>One of <see cref="ControlCommands.Names"/>.</summary>
    public string? Command { get; init; }

    /// <summary>
    /// The service that the command is about, or whose connections it is about; null = all, where a command can be about all.
    /// </summary>
    public string? Service { get; init; }

    /// <summary>The connection that the command is about.</summary>
    public long? Id { get; init; }

    /// <summary>Selects the connections of these clients: an address, or a range in CIDR form.</summary>
    public string? From { get; init; }

    /// <summary>With <c>why</c>: the address of the client in question.</summary>
    public string? Address { get; init; }

    /// <summary>
    /// With <c>drain</c> of all services: how long superd accepts before, in milliseconds. Null = as configured; key <c>lame_duck</c>.
    /// </summary>
    public long? ForMs { get; init; }

    /// <summary>With <c>reload</c>: only report what would happen.</summary>
    public bool? DryRun { get; init; }

    /// <summary>With <c>reload</c>: end the connections of removed services.</summary>
    public bool? Kill { get; init; }

    /// <summary>With <c>tail</c>: first send so many of the last lines, as far as they are kept.</summary>
    public int? Lines { get; init; }

    /// <summary>With <c>tail</c>: send further lines as they are logged. Null = only without <see cref="Lines"/>.</summary>
    public bool? Follow { get; init; }

    /// <summary>From superd's page: the token that lets it steer; see <see cref="PageRight"/>.</summary>
    public string? Token { get; init; }

    /// <summary>Asks for the page after the connection of this id, which is the last reply's <c>next</c>.</summary>
    public long? After { get; init; }

    /// <summary>Asks for the page after the service of this name, which is the last reply's <c>next_service</c>.</summary>
    public string? AfterService { get; init; }
}
