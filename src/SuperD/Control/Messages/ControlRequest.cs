namespace SuperD.Control.Messages;

/// <summary>What is asked of the console: one JSON object on one line. What a command does not name is absent.</summary>
internal sealed record ControlRequest
{
    /// <summary>One of <see cref="ControlCommands.Names"/>.</summary>
    public string? Command { get; init; }

    /// <summary>The service that is meant, or whose connections are.</summary>
    public string? Service { get; init; }

    /// <summary>The connection that is meant.</summary>
    public long? Id { get; init; }

    /// <summary>The connections of these clients: an address or a range in CIDR form.</summary>
    public string? From { get; init; }

    /// <summary>The client that is thought up: <c>why</c>.</summary>
    public string? Address { get; init; }

    /// <summary>With <c>reload</c>: only tell what would happen.</summary>
    public bool? DryRun { get; init; }

    /// <summary>With <c>reload</c>: end the connections of removed services.</summary>
    public bool? Kill { get; init; }

    /// <summary>The next page: what comes after the connection of this id. From the reply's <c>next</c>.</summary>
    public long? After { get; init; }

    /// <summary>The next page: what comes after the service of this name. From the reply's <c>next_service</c>.</summary>
    public string? AfterService { get; init; }
}
