namespace SuperD.Control.Messages;

/// <summary>
/// What the console answers: one JSON object on one line. Its names are a promise to scripts: add some, never rename any.
/// </summary>
internal sealed record ControlReply
{
    /// <summary>False when nothing was done; <see cref="Kind"/> and <see cref="Error"/> say why.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>
    /// For programs: <c>bad_request</c>, <c>unknown_service</c>, <c>unknown_connection</c>, <c>denied</c>, <c>not_reloaded</c>,
    /// <c>upgrade_failed</c>.
    /// </summary>
    public string? Kind { get; init; }

    /// <summary>For people.</summary>
    public string? Error { get; init; }

    public ServerState? Server { get; init; }

    /// <summary>A page of services, in the order of their names.</summary>
    public IReadOnlyList<ServiceState>? Services { get; init; }

    /// <summary>Not null when there are more: the next page begins after this service.</summary>
    public string? NextService { get; init; }

    /// <summary>A page of connections, oldest first.</summary>
    public IReadOnlyList<ConnectionState>? Connections { get; init; }

    /// <summary>Not null when there are more: the next page begins after this id.</summary>
    public long? Next { get; init; }

    /// <summary>How many connections are being ended.</summary>
    public int? Ended { get; init; }

    /// <summary>The checks of <c>why</c>, in their order.</summary>
    public IReadOnlyList<CheckState>? Checks { get; init; }

    /// <summary>What <c>reload</c> has done or found, also when it has failed.</summary>
    public ReloadState? Reload { get; init; }

    /// <summary>How many kept log lines come next, if the request asked for <c>lines</c>.</summary>
    public int? Lines { get; init; }

    /// <summary>The result of <c>upgrade</c>.</summary>
    public UpgradeState? Upgrade { get; init; }

    public static ControlReply Fail(string kind, string error) => new() { Ok = false, Kind = kind, Error = error };
}
